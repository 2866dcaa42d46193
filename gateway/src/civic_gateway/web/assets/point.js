// A click on the picture fills in the two fields for the point, which work without it.
const picture = document.querySelector("[data-point] svg");
const mark = picture.querySelector("[data-point-mark]");
const pointFields = ["feld-x", "feld-y"].map((id) => document.getElementById(id));
const comma = document.documentElement.lang === "de";

const percentIn = (field) => Number.parseFloat(field.value.replace(",", "."));

function showPoint() {
  const [x, y] = pointFields.map(percentIn);
  const seen = [x, y].every((each) => each >= 0 && each <= 100);
  mark.setAttribute("visibility", seen ? "visible" : "hidden");
  const { width, height } = picture.viewBox.baseVal;
  if (seen) mark.setAttribute("transform", `translate(${(x * width) / 100} ${(y * height) / 100})`);
}

picture.addEventListener("click", (event) => {
  const box = picture.getBoundingClientRect();
  const parts = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  parts.forEach((part, place) => {
    const text = (Math.min(Math.max(part, 0), 1) * 100).toFixed(1);
    pointFields[place].value = comma ? text.replace(".", ",") : text;
  });
  showPoint();
});
for (const field of pointFields) field.addEventListener("input", showPoint);
document.querySelector("[data-point-hint]").hidden = false;
