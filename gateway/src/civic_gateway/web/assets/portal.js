// Comfort for pages that work without it: focus on errors, counting letters, no second sending, rating in place.
const root = document.documentElement;
root.classList.add("scripted");

const german = root.lang === "de";
const left = (count) => german
  ? count >= 0 ? `noch ${count} Zeichen` : `${-count} Zeichen zu viel`
  : count >= 0 ? `${count} characters left` : `${-count} characters too many`;

// Counted as the service counts: by code point, line breaks as one.
const lengthOf = (text) => [...text.replaceAll("\r\n", "\n").trim()].length;

function countLetters(field) {
  const max = Number(field.dataset.max);
  const shown = document.createElement("p");
  shown.className = "count-left";
  shown.id = `${field.id}-zeichen`;
  field.after(shown);
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${shown.id}`.trim());
  const update = () => {
    const rest = max - lengthOf(field.value);
    const near = rest < Math.max(50, max / 10);
    shown.hidden = !near;
    shown.textContent = left(rest);
    shown.classList.toggle("count-left--over", rest < 0);
  };
  field.addEventListener("input", update);
  update();
}

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Back from the next page: the form may be used again.
  addEventListener("pageshow", () => delete form.dataset.sent);
}

function keepTyped(form) {
  const fields = [...form.querySelectorAll("input[name]:not([type=hidden]), textarea[name]")];
  const start = new Map(fields.map((field) => [field, field.value]));
  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("pageshow", () => { sending = false; });
  addEventListener("beforeunload", (event) => {
    if (!sending && fields.some((field) => field.value !== start.get(field))) event.preventDefault();
  });
}

async function rateInPlace(event) {
  const form = event.target.closest("[data-rating] form");
  const button = event.submitter;
  if (!form || !button) return;
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form, button));
  const section = form.closest("[data-rating]");
  section.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-rating]");
    if (!fresh) throw new Error("no rating on the page");
    section.replaceWith(fresh);
    // The button that was pressed, wherever its value is now.
    const place = [...form.querySelectorAll("button")].indexOf(button);
    fresh.querySelectorAll("button")[place]?.focus();
  } catch {
    // Not reachable, or another page came, such as signing in: the plain way shows it.
    const again = document.createElement("input");
    Object.assign(again, { type: "hidden", name: button.name, value: button.value });
    form.append(again);
    form.submit();
  }
}

function copyAddress(button) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const text = button.querySelector("span:last-child");
    text.textContent = button.dataset.copied;
    text.setAttribute("role", "status");
  });
}

// Rows that have arrived: JSON has one on each line, CSV outside of quoted fields.
function rowCounter(form) {
  let rows = 0, quoted = false;
  return (bytes) => {
    for (const byte of bytes) {
      if (byte === 0x22 && form === "csv") quoted = !quoted;
      else if (byte === 0x0a && !quoted) rows += 1;
    }
    return rows;
  };
}

function element(name, values = {}) {
  return Object.assign(document.createElement(name), values);
}

// Shows how far a download is. Above a size that a browser had better not hold, the plain link does it.
const MOST_ROWS = 200_000;

// A word of our own, by which the gateway says how far it is with a file whose rows nobody can count in its bytes.
function progressKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function askProgress(where, key, bar, say) {
  try {
    const answer = await fetch(where + key);
    // Another gateway may have been asked: then the bar goes on without a number.
    if (!answer.ok || !bar.isConnected) return;
    const { rows, total } = await answer.json();
    if (!total) return;
    bar.max = total;
    bar.value = rows;
    say(rows, total);
  } catch { /* The download itself says what is wrong. */ }
}

async function download(link, list) {
  const words = list.dataset, control = new AbortController();
  const box = element("p", { className: "download" }), text = element("span", { role: "status" });
  const bar = element("progress"), cancel = element("button", { type: "button", textContent: words.cancel });
  cancel.className = "kern-link";
  bar.setAttribute("aria-label", link.textContent);
  cancel.addEventListener("click", () => control.abort());
  text.textContent = words.busy;
  box.append(text, bar, cancel);
  link.parentElement.append(box);
  let asking;
  try {
    const form = new URL(link.href).pathname.split(".").pop();
    const counted = form === "csv" || form === "json";
    const shown = new Intl.NumberFormat(root.lang);
    const say = (rows, total) => { text.textContent = words.progress.replace("{done}", shown.format(rows)).replace("{total}", shown.format(total)); };
    const key = counted ? "" : progressKey();
    const address = new URL(link.href);
    if (key) {
      address.searchParams.set("progress", key);
      asking = setInterval(() => askProgress(words.asking, key, bar, say), 1000);
    }
    const answer = await fetch(address, { signal: control.signal });
    if (!answer.ok) throw new Error("refused");
    const total = Number(answer.headers.get("x-civic-rows"));
    if (total > MOST_ROWS) {
      control.abort();
      location.assign(link.href);
      return;
    }
    const parts = [], count = rowCounter(form);
    let size = 0, told = 0;
    if (counted && total) bar.max = total;
    for (let reader = answer.body.getReader(), part; !(part = await reader.read()).done;) {
      parts.push(part.value);
      size += part.value.length;
      const rows = counted ? Math.min(count(part.value), total) : 0;
      if (counted && total) bar.value = rows;
      // Read out now and then, not with every piece.
      if (Date.now() - told < 1000) continue;
      told = Date.now();
      if (counted && total) say(rows, total);
      else if (!bar.max || bar.value >= bar.max) text.textContent = words.received.replace("{size}", shown.format(Math.ceil(size / 1e6)));
    }
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? `export.${form}`;
    const made = URL.createObjectURL(new Blob(parts));
    element("a", { href: made, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(made), 60_000);
    text.textContent = words.done;
  } catch {
    if (control.signal.aborted) box.remove();
    else text.textContent = words.failed;
  } finally {
    clearInterval(asking);
    bar.remove();
    cancel.remove();
    delete link.dataset.busy;
  }
}

function showProgress(list) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.ReadableStream) return;
    event.preventDefault();
    if (link.dataset.busy) return;
    link.dataset.busy = "yes";
    link.parentElement.querySelector(".download")?.remove();
    download(link, list);
  });
}

// What others wrote already, while a title is typed: a hint, so nothing is said where it cannot be had.
function hintSimilar(box) {
  const field = box.previousElementSibling?.querySelector("input");
  let waiting, asked = "";
  field?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const text = field.value.trim();
      if (text === asked) return;
      asked = text;
      const answer = text.length < 4 ? null : await fetch(`${box.dataset.similar}?${new URLSearchParams({ text })}`).catch(() => null);
      const found = answer?.ok ? (await answer.json()).items : [];
      if (text !== asked) return;
      box.replaceChildren();
      if (!found.length) return;
      const list = document.createElement("ul"), title = document.createElement("p");
      title.textContent = box.dataset.title;
      for (const each of found) {
        const link = document.createElement("a"), item = document.createElement("li");
        link.className = "kern-link";
        link.href = box.dataset.path + shortId(each.id);
        link.textContent = each.title;
        item.append(link);
        list.append(item);
      }
      box.append(title, list);
    }, 500);
  });
}

// The whole UUID in 25 letters and digits, as in addresses of pages.
function shortId(id) {
  return BigInt(`0x${id.replaceAll("-", "")}`).toString(36).padStart(25, "0");
}

document.querySelectorAll("[data-similar]").forEach(hintSimilar);
document.querySelectorAll("[data-downloads]").forEach(showProgress);
document.querySelectorAll("[data-max]").forEach(countLetters);
document.querySelectorAll("form[data-once]").forEach(sendOnce);
document.querySelectorAll("form[data-keep]").forEach(keepTyped);
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (navigator.clipboard) copyAddress(button);
  else button.closest("li").remove();
});
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => print()));
document.addEventListener("submit", rateInPlace);
document.getElementById("fehler")?.focus();
