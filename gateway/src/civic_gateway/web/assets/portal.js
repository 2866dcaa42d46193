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
