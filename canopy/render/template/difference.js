(() => {
"use strict";
// Each change has a shape of its own, so that none is told by colour alone.
const SHAPES = {
  added: '<path d="M8 1l7 13H1z"/>',
  kept: '<circle cx="8" cy="8" r="6"/>',
  dropped: '<path d="M3 1l5 5 5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z"/>',
};
const DASHES = { added: null, kept: "2 6", dropped: "8 6" };
const told = JSON.parse(document.getElementById("difference").textContent);
const map = map_canopy;
const colours = {};
for (const key of document.querySelectorAll(".key")) {
  const change = key.dataset.change;
  colours[change] = key.dataset.colour;
  key.innerHTML = picture(change);
}

function picture(change) {
  return `<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="${colours[change]}" stroke="#fff">${SHAPES[change]}</svg>`;
}

function words(site) {
  const box = document.createElement("div");
  const title = document.createElement("strong");
  title.textContent = site.ref || site.name || site.asset_id;
  const line = document.createElement("div");
  line.textContent = [site.kind, site.ward].filter(Boolean).join(", ");
  box.append(title, line);
  return box;
}

const layers = {};
for (const change of Object.keys(SHAPES)) {
  const mine = told.features.filter((each) => each.geometry && each.properties.change === change);
  layers[change] = L.geoJSON({ type: "FeatureCollection", features: mine }, {
    style: { color: colours[change], weight: 2, fillOpacity: 0.15, dashArray: DASHES[change] },
    interactive: true,
    pointToLayer: (feature, at) => L.marker(at, {
      keyboard: false, // the table below lists every site
      icon: L.divIcon({ className: "mark", html: picture(change), iconSize: [16, 16] }),
    }).bindPopup(words(feature.properties)),
  }).addTo(map);
}
for (const box of document.querySelectorAll(".legend input")) {
  box.addEventListener("change", () => {
    const layer = layers[box.dataset.change];
    box.checked ? layer.addTo(map) : layer.remove();
  });
}
const bounds = L.featureGroup(Object.values(layers)).getBounds();
if (bounds.isValid()) {
  map.fitBounds(bounds, { padding: [20, 20], animate: false });
}
L.control.zoom({ position: "topleft" }).addTo(map);
L.control.scale({ imperial: false }).addTo(map);
const box = map.getContainer();
box.setAttribute("role", "region");
box.setAttribute("aria-label", "Map of the sites; the tables below hold the same");
})();
