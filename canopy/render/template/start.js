// Puts the page together once the data is read.

const CLOSE_ZOOM = 17.5;

function fitAll(map, store) {
  if (store.box) map.fitBounds(boundsOf(store.box), { padding: [28, 28], maxZoom: 18, animate: false });
}

function togglePanel(map) {
  const button = document.getElementById("toggle-panel");
  const panel = document.getElementById("panel");
  const set = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    map.invalidateSize({ animate: false });
  };
  button.addEventListener("click", () => set(panel.hidden));
  if (matchMedia("(max-width: 700px)").matches) set(false);
}

function describeMap(map) {
  const container = map.getContainer();
  container.setAttribute("role", "application");
  container.setAttribute(
    "aria-label",
    "Map of assets. Arrow keys move it, plus and minus zoom, Enter opens the asset in the middle. The table holds the same assets.",
  );
}

async function start() {
  const map = map_canopy;
  describeMap(map);
  const { head, binary } = await decode(document.getElementById("canopy-data").textContent.trim());
  const store = new Store(head, binary);
  const symbols = new Symbols(head.symbology);
  const choices = new Choices(store, symbols.statuses.length);
  const grid = head.grid ? new MetreGrid(head.grid) : new DegreeGrid();
  choices.overTiles = map.getContainer().querySelector(".leaflet-tile-pane .leaflet-layer") !== null;
  const scene = { store, symbols, choices, grid };
  togglePanel(map);
  fitAll(map, store);
  const layer = new AssetLayer(scene);
  layer.addTo(map);
  L.control.scale({ maxWidth: 160 }).addTo(map);
  addButtons(map, () => fitAll(map, store));
  const details = new Details(scene, map);
  new Pointing(map, layer, details, scene);
  const goTo = (asset) => {
    const box = store.box4(asset);
    if (!Number.isNaN(box[0])) {
      const zoom = Math.min(map.getBoundsZoom(boundsOf(box), false, [80, 80]), CLOSE_ZOOM);
      map.setView(boundsOf(box).getCenter(), Math.max(zoom, Math.min(map.getZoom(), CLOSE_ZOOM + 2)), { animate: false });
    }
    details.open([asset], { focus: true });
  };
  const legend = new Legend(scene, map);
  const finder = new Finder(store);
  const table = new AssetTable(scene, map, finder, { goTo });
  new SearchBox(scene, finder, { goTo, showInTable: (query) => table.showQuery(query) });
  new Printing(map, layer, store);
  legend.count();
  document.getElementById("loading").remove();
  performance.mark("canopy-ready");
  document.documentElement.dataset.ready = "true";
}

start().catch((error) => {
  document.getElementById("loading").textContent = `The map could not be opened. ${error.message}`;
  throw error;
});
