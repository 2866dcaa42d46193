// Draws the map, and keeps the list beside it to the same section.
import { LngLatBounds, Map as Drawn, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";

const COUNTRY = [5.5, 47, 15.6, 55.2];
const WAIT = 300;

// Colours of the page, so that light and dark hold here too.
const colour = (name, otherwise) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || otherwise;

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

function markerOf(point, map, words) {
  const element = document.createElement(point.offer ? "a" : "button");
  element.className = point.offer ? "map__point" : "map__point map__point--many";
  // The list holds the same for the keyboard, so that nobody has to walk over hundreds of points.
  element.tabIndex = -1;
  if (point.offer) {
    element.href = point.offer.path;
    element.setAttribute("aria-label", point.offer.title);
    element.title = point.offer.title;
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

export async function draw(section) {
  setWorkerUrl(new URL(section.dataset.worker, location.href).href);
  const first = await points(section, section.dataset.bbox);
  const canvas = section.querySelector("[data-map-canvas]");
  const text = section.querySelector("[data-map-text]");
  canvas.hidden = false;
  section.querySelector("[data-map-ask]").hidden = true;
  const [west, south, east, north] = section.dataset.bbox ? section.dataset.bbox.split(",").map(Number) : first.bbox ?? COUNTRY;
  const map = new Drawn({
    container: canvas,
    style: section.dataset.style || ownStyle(new URL(section.dataset.land, location.href).href),
    bounds: new LngLatBounds([west, south], [east, north]),
    fitBoundsOptions: { padding: section.dataset.bbox ? 0 : 40, maxZoom: 13 },
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: true,
    attributionControl: { compact: true },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  let shown = [];
  const put = (view) => {
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
