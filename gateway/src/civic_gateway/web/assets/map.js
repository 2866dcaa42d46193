// Loads a page's map on wide screens, or when it is asked for. What stands beside it needs nothing of this.
const section = document.querySelector("[data-map]");
const button = section.querySelector("[data-map-show]");
const wide = matchMedia("(min-width: 62em)");

async function show() {
  button.hidden = true;
  const styles = document.createElement("link");
  styles.rel = "stylesheet";
  styles.href = section.dataset.styles;
  document.head.append(styles);
  try {
    const views = await import(section.dataset.module);
    await views[section.dataset.map](section);
  } catch (error) {
    console.error(error);
    section.querySelector("[data-map-canvas]").hidden = true;
    section.querySelector("[data-map-text]").textContent = section.dataset.failed;
  }
}

button.addEventListener("click", show, { once: true });
if (wide.matches) show();
else button.hidden = false;
