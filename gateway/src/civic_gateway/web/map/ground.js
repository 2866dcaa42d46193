// The ground of every map: its style, its section, the words of its buttons.
import { LngLatBounds, Map as Drawn, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";

export const COUNTRY = [5.5, 47, 15.6, 55.2];

// Colours of the page, so that light and dark hold here too.
export const colour = (name, otherwise) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim() || otherwise;

function ownStyle(land) {
  return {
    version: 8,
    sources: { land: { type: "geojson", data: land, attribution: "Natural Earth" } },
    layers: [
      { id: "water", type: "background", paint: { "background-color": colour("--map-water", "#dbe7f0") } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": colour("--map-land", "#f5f5f0") } },
      { id: "border", type: "line", source: "land", paint: { "line-color": colour("--map-border", "#8a93a0") } },
    ],
  };
}

// Draws the ground into the section's canvas; `edges` are west, south, east, north.
export function mapIn(section, edges, fit) {
  setWorkerUrl(new URL(section.dataset.worker, location.href).href);
  const canvas = section.querySelector("[data-map-canvas]");
  canvas.hidden = false;
  const asked = section.querySelector("[data-map-ask]");
  if (asked) asked.hidden = true;
  const [west, south, east, north] = edges ?? COUNTRY;
  const map = new Drawn({
    container: canvas,
    style: section.dataset.style || ownStyle(new URL(section.dataset.land, location.href).href),
    bounds: new LngLatBounds([west, south], [east, north]),
    fitBoundsOptions: fit,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: true,
    attributionControl: { compact: true },
    locale: JSON.parse(section.dataset.words),
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  return map;
}
