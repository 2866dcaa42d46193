// A line or an area beside plain fields for its kind and its points, which alone are sent: clicks, or the map's middle.
import { fill } from "./fields.js";
import { colour } from "./ground.js";

const DECIMALS = 6;
const PAIR = /^([+-]?\d+(?:[.,]\d+)?)°?(?:\s*[;,]\s*|\s+)([+-]?\d+(?:[.,]\d+)?)°?$/;
const number = (text) => Number(text.replace(",", "."));

// Longitude and latitude of each line that holds a pair; what else was typed is left to the server to name.
function positionsIn(field) {
  const pairs = field.value.split("\n").map((line) => PAIR.exec(line.trim())).filter(Boolean);
  return pairs.map(([, lat, lon]) => [number(lon), number(lat)]);
}

function features(positions, kind) {
  const corners = positions.map((coordinates) => ({
    type: "Feature", properties: {}, geometry: { type: "Point", coordinates },
  }));
  if (positions.length < 2) return corners;
  const closed = kind === "polygon" && positions.length > 2;
  const geometry = closed
    ? { type: "Polygon", coordinates: [[...positions, positions[0]]] }
    : { type: "LineString", coordinates: positions };
  return [{ type: "Feature", properties: {}, geometry }, ...corners];
}

export function drawingOn(map, section, tell) {
  const [kind, points] = section.dataset.drawing.split(" ").map((id) => document.getElementById(id));
  const tools = section.querySelector("[data-draw-tools]");
  const buttons = [...tools.querySelectorAll("[data-draw]")];
  const steps = tools.querySelector("[data-draw-steps]");
  let drawing = false;
  const show = () => {
    map.getSource("drawing")?.setData({ type: "FeatureCollection", features: features(positionsIn(points), kind.value) });
  };
  const put = (lines) => {
    fill(points, lines.join("\n"));
    points.closest("details").open = true;
    show();
    tell(section.dataset.drawn.replace("{count}", String(lines.length)));
  };
  const lines = () => points.value.split("\n").filter((line) => line.trim());
  const add = ({ lat, lng }) => put([...lines(), `${lat.toFixed(DECIMALS)}, ${lng.toFixed(DECIMALS)}`]);
  const choose = (chosen) => {
    drawing = Boolean(chosen);
    if (chosen) kind.value = chosen;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.draw === chosen));
    steps.hidden = !drawing;
    show();
  };
  map.on("load", () => {
    const ink = colour("--map-area", "#1a5276");
    map.addSource("drawing", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: "drawing-area", type: "fill", source: "drawing", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": ink, "fill-opacity": 0.2 },
    });
    map.addLayer({
      id: "drawing-edge", type: "line", source: "drawing", filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": ink, "line-width": 3 },
    });
    map.addLayer({
      id: "drawing-corner", type: "circle", source: "drawing", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": "#fff", "circle-radius": 5, "circle-stroke-color": ink, "circle-stroke-width": 2 },
    });
    show();
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      choose(button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.draw);
    });
  }
  tools.querySelector("[data-draw-add]").addEventListener("click", () => add(map.getCenter()));
  tools.querySelector("[data-draw-undo]").addEventListener("click", () => put(lines().slice(0, -1)));
  tools.querySelector("[data-draw-clear]").addEventListener("click", () => {
    put([]);
    choose("");
  });
  for (const field of [kind, points]) field.addEventListener("change", show);
  tools.hidden = false;
  // Whether a click on the map was a corner, and not the place of the pin.
  return (place) => {
    if (drawing) add(place);
    return drawing;
  };
}
