// A rectangle on the map beside four plain fields for its edges.
import { degreesIn, fill } from "./fields.js";
import { colour } from "./ground.js";

const DECIMALS = 5;

function outline(edges) {
  if (edges.some((edge) => edge === null)) return { type: "FeatureCollection", features: [] };
  const [west, south, east, north] = edges;
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

export function areaOn(map, section) {
  const fields = section.dataset.area.split(" ").map((id) => document.getElementById(id));
  const tools = section.querySelector("[data-area-tools]");
  const shown = () => map.getSource("area")?.setData(outline(fields.map(degreesIn)));
  const put = (texts) => {
    fields.forEach((field, place) => fill(field, texts[place]));
    shown();
  };
  map.on("load", () => {
    map.addSource("area", { type: "geojson", data: outline(fields.map(degreesIn)) });
    const paint = { "line-color": colour("--map-area", "#1a5276"), "line-width": 3, "line-dasharray": [2, 1] };
    map.addLayer({ id: "area", type: "line", source: "area", paint });
  });
  tools.querySelector("[data-area-take]").addEventListener("click", () => {
    const box = map.getBounds();
    put([box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((edge) => edge.toFixed(DECIMALS)));
  });
  tools.querySelector("[data-area-remove]").addEventListener("click", () => put(["", "", "", ""]));
  for (const field of fields) field.addEventListener("change", shown);
  tools.hidden = false;
}
