// Draws what lies on the map, and keeps the list beside it to the same section.
import { Marker } from "maplibre-gl";

import { COUNTRY, colour, mapIn } from "./ground.js";

export { pin } from "./pin.js";
export { shown } from "./shown.js";

const WAIT = 300;

function markerOf(point, map, words) {
  const one = point.offer ?? point.contribution;
  const element = document.createElement(one ? "a" : "button");
  element.className = one ? "map__point" : "map__point map__point--many";
  // The list holds the same for the keyboard, so that nobody has to walk over hundreds of points.
  element.tabIndex = -1;
  if (one) {
    element.href = one.path;
    element.setAttribute("aria-label", one.title);
    element.title = one.title;
  } else {
    element.type = "button";
    element.textContent = String(point.count);
    element.setAttribute("aria-label", words.replace("#", String(point.count)));
    element.addEventListener("click", () => map.easeTo({ center: [point.lon, point.lat], zoom: map.getZoom() + 2 }));
  }
  return new Marker({ element }).setLngLat([point.lon, point.lat]);
}

const sectionOf = (map) => {
  const box = map.getBounds();
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const edges = [
    clamp(box.getWest(), COUNTRY[0], COUNTRY[2]),
    clamp(box.getSouth(), COUNTRY[1], COUNTRY[3]),
    clamp(box.getEast(), COUNTRY[0], COUNTRY[2]),
    clamp(box.getNorth(), COUNTRY[1], COUNTRY[3]),
  ];
  return edges.map((edge) => edge.toFixed(4)).join(",");
};

async function points(section, box) {
  const address = new URL(section.dataset.points, location.href);
  if (box) address.searchParams.set("bbox", box);
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

// The page itself for this section: the server makes the list, here as without a script.
async function list(box) {
  const address = new URL(location.href);
  address.searchParams.set("bbox", box);
  address.searchParams.delete("page_token");
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("[data-map-list]").replaceWith(page.querySelector("[data-map-list]"));
  document.querySelector("form.filter").replaceWith(page.querySelector("form.filter"));
  history.replaceState(null, "", address);
}

// The outline of the country says where one is only from afar; tiles do from near, and a Dialog's pins say so themselves.
function nearest(section) {
  if (section.dataset.edges !== undefined) return 16;
  return section.dataset.style ? 13 : 5.5;
}

export async function draw(section) {
  const first = await points(section, section.dataset.bbox);
  const text = section.querySelector("[data-map-text]");
  const asked = section.dataset.bbox || (first.bbox ? "" : section.dataset.edges);
  const edges = asked ? asked.split(",").map(Number) : first.bbox;
  const map = mapIn(section, edges, { padding: asked ? 0 : 40, maxZoom: nearest(section) });
  let shown = [];
  let drawn = [];
  const areas = () => map.getSource("areas")?.setData({ type: "FeatureCollection", features: drawn });
  map.on("load", () => {
    const ink = colour("--map-area", "#1a5276");
    map.addSource("areas", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: "areas", type: "fill", source: "areas", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": ink, "fill-opacity": 0.2 },
    });
    map.addLayer({ id: "edges", type: "line", source: "areas", paint: { "line-color": ink, "line-width": 3 } });
    areas();
  });
  const put = (view) => {
    drawn = view.points.filter((point) => point.contribution?.area).map((point) => (
      { type: "Feature", properties: {}, geometry: point.contribution.area }
    ));
    areas();
    shown.forEach((marker) => marker.remove());
    shown = view.points.map((point) => markerOf(point, map, section.dataset.cluster).addTo(map));
  };
  put(first);
  let waiting = 0;
  let number = 0;
  map.on("moveend", (event) => {
    // What the page set itself is shown already.
    if (!event.originalEvent && !map.isStyleLoaded()) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++number;
      try {
        const box = sectionOf(map);
        const view = await points(section, box);
        if (mine !== number) return;
        put(view);
        await list(box);
        text.textContent = "";
      } catch (error) {
        console.error(error);
        text.textContent = section.dataset.failed;
      }
    }, WAIT);
  });
}
