// A map that a Dialog is opened on: its section, and the plan area or its middle.
import { Marker } from "maplibre-gl";

import { colour, mapIn } from "./ground.js";

export async function shown(section) {
  const { lat, lon, zoom, bounds, area } = JSON.parse(section.dataset.view);
  const map = mapIn(section, bounds ?? [lon, lat, lon, lat], { maxZoom: bounds ? undefined : zoom });
  if (!area) {
    const element = document.createElement("span");
    element.className = "map__point";
    new Marker({ element }).setLngLat([lon, lat]).addTo(map);
    return;
  }
  map.on("load", () => {
    const ink = colour("--map-area", "#1a5276");
    map.addSource("area", { type: "geojson", data: area });
    map.addLayer({ id: "area", type: "fill", source: "area", paint: { "fill-color": ink, "fill-opacity": 0.2 } });
    map.addLayer({ id: "edge", type: "line", source: "area", paint: { "line-color": ink, "line-width": 3 } });
  });
}
