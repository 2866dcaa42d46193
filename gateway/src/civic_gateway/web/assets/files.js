// Files go up in pieces as soon as they are chosen, with progress, and go on after a break (tus 1.0).
const PIECE = 1024 * 1024;
const ATTEMPTS = 6;
const pause = (attempt) => new Promise((done) => setTimeout(done, 500 * 2 ** attempt));

const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function call(method, address, csrf, headers, body) {
  return fetch(address, { method, body, headers: { "tus-resumable": "1.0.0", "x-csrf-token": csrf, ...headers } });
}

async function upload(file, address, csrf, told) {
  const begun = await call("POST", address, csrf, {
    "upload-length": String(file.size), "upload-metadata": `filename ${encoded(file.name)}`,
  });
  if (!begun.ok) throw begun;
  const place = begun.headers.get("location");
  let offset = 0;
  let attempt = 0;
  while (offset < file.size) {
    try {
      const answer = await call("PATCH", place, csrf, {
        "upload-offset": String(offset), "content-type": "application/offset+octet-stream",
      }, file.slice(offset, offset + PIECE));
      // Anything but a place that does not fit is final: the file is refused.
      if (!answer.ok && answer.status !== 409 && answer.status < 500) throw answer;
      if (!answer.ok) throw new Error("again");
      offset = Number(answer.headers.get("upload-offset"));
      attempt = 0;
    } catch (error) {
      if (error instanceof Response || attempt >= ATTEMPTS) throw error;
      await pause(attempt);
      attempt += 1;
      // A lost answer is no failure: the server says how far it came.
      const head = await call("HEAD", place, csrf, {}).catch(() => null);
      if (head?.ok) offset = Number(head.headers.get("upload-offset"));
    }
    told(offset);
  }
  return place.split("/").pop();
}

function hidden(form, name, value) {
  const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
  form.append(field);
  return field;
}

async function reasonOf(error, file) {
  const problem = error instanceof Response ? await error.json().catch(() => null) : null;
  return problem ? `${file.name}: ${problem.title}. ${problem.detail}` : "";
}

async function take(input) {
  const section = input.closest("[data-files]");
  const form = input.form;
  const status = section.querySelector("[data-files-status]");
  const bar = section.querySelector("progress");
  const csrf = form.elements.csrf_token.value;
  const files = [...input.files];
  const whole = files.reduce((sum, file) => sum + file.size, 0) || 1;
  const refusals = [];
  const added = [];
  let before = 0;
  status.textContent = status.dataset.sending;
  bar.hidden = false;
  for (const file of files) {
    const free = [1, 2, 3, 4, 5].find((number) => !form.elements[`file_${number}`]);
    if (!free) {
      refusals.push(`${file.name}: ${status.dataset.many}`);
      continue;
    }
    try {
      const id = await upload(file, section.dataset.files, csrf, (offset) => {
        bar.value = Math.round(100 * (before + offset) / whole);
      });
      added.push(hidden(form, `file_${free}`, id));
    } catch (error) {
      refusals.push((await reasonOf(error, file)) || status.dataset.failed);
    }
    before += file.size;
  }
  input.value = "";
  await show(form, section, refusals);
  added.forEach((field) => field.remove());
}

// The list of files as the page itself would show it.
async function show(form, section, refusals) {
  const data = new FormData(form);
  data.delete("files");
  data.set("files_action", "add");
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(data) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-files]");
  if (!fresh) return;
  section.replaceWith(fresh);
  const status = fresh.querySelector("[data-files-status]");
  if (refusals.length) tell(fresh, status, refusals);
  const next = fresh.querySelector("input[type=text]") ?? fresh.querySelector("input[type=file]");
  next?.focus();
}

// With five files the field is gone, and its place to say something with it.
function tell(section, status, refusals) {
  const place = status ?? section.appendChild(document.createElement("p"));
  place.role = "status";
  place.className = "files-refused";
  place.textContent = refusals.join("\n");
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-files] input[type=file]")) take(event.target);
});
