/** Editing with a token: add, change, move, reshape, withdraw, and take it back. */

import type { Geometry } from "geojson";
import type { AssetName } from "../address.ts";
import * as api from "../api.ts";
import type { App } from "../app.ts";
import { button, el, on } from "../dom.ts";
import { assetTitle } from "../format.ts";
import type { Page } from "../page.ts";
import { forgetSchemas, schemaOf } from "../schema.ts";
import { KINDS, kindLabel } from "../symbology.ts";
import { askForToken, confirmed, TO_EDIT } from "./asking.ts";
import { Drawing, type DrawingOptions } from "./drawing.ts";
import { difference, inverse } from "./fields.ts";
import { openForm } from "./form.ts";
import { emptyShape, type ShapeType, toShape } from "./shape.ts";
import { UndoStack } from "./undo.ts";

const STALE =
  "Someone else saved this asset first. The fields you did not change now show their values; check yours and save again.";
const STALE_SHAPE =
  "Someone else saved this asset first. Nothing was saved: look at it again, then repeat the change.";

export interface Editing {
  /** Buttons for an asset that is shown. */
  actions: (name: AssetName, saved: api.Saved) => HTMLElement[];
}

export function addEditing(app: App, page: Page): Editing {
  const editor = new Editor(app, page);
  return { actions: (name, saved) => editor.actions(name, saved) };
}

class Editor {
  private readonly undoes = new UndoStack();
  private drawing: Drawing | null = null;
  private readonly signIn: HTMLButtonElement;
  private readonly undo = button("Undo", () => void this.takeBack(), { id: "undo" });
  private readonly bar: HTMLElement;

  constructor(
    private readonly app: App,
    private readonly page: Page,
  ) {
    this.signIn = button("Edit", () => void this.toggle(), {
      id: "toggle-edit",
      "aria-pressed": "false",
    });
    const choices = KINDS.map(({ kind, label }) => el("option", { value: kind }, label));
    const kind = el("select", { id: "add-kind" }, ...choices);
    kind.value = "lamppost";
    const shape = el("select", { id: "add-shape", "aria-label": "Shape" });
    const reshape = (): void => shape.replaceChildren(...this.shapeChoices(kind.value));
    on(kind, { change: reshape });
    reshape();
    const add = button("Add", () => this.add(kind.value, shape.value as ShapeType), { id: "add" });
    this.bar = el(
      "div",
      { class: "bar", id: "edit-bar", hidden: true },
      el("label", { for: "add-kind" }, "New asset"),
      kind,
      shape,
      add,
      this.undo,
    );
    page.tools.append(this.signIn);
    page.bars.append(this.bar);
    this.show();
  }

  private shapeChoices(kind: string): HTMLElement[] {
    const words: Record<string, string> = { Point: "Point", LineString: "Line", Polygon: "Area" };
    const allowed = (this.app.config.geometries[kind] ?? []).filter((type) => type in words);
    return allowed.map((type) => el("option", { value: type }, words[type]));
  }

  private async toggle(): Promise<void> {
    if (api.isEditing()) api.useToken(null);
    else if (await askForToken(TO_EDIT)) api.startEditing();
    else return;
    this.drawing?.end();
    this.undoes.clear();
    forgetSchemas();
    this.show();
    this.app.refresh(); // another principal sees another catalogue
  }

  private show(): void {
    const isOn = api.isEditing();
    this.signIn.setAttribute("aria-pressed", String(isOn));
    this.signIn.textContent = isOn ? "Stop editing" : "Edit";
    this.bar.hidden = !isOn;
    const { top } = this.undoes;
    this.undo.disabled = top === null;
    this.undo.textContent = top === null ? "Undo" : `Undo: ${top.label}`;
  }

  actions(name: AssetName, saved: api.Saved): HTMLElement[] {
    const what = saved.feature.geometry?.type === "Point" ? "Move" : "Reshape";
    return [
      button("Edit details", () => void this.edit(name, saved)),
      button(what, () => this.reshape(name, saved)),
      button("Withdraw", () => void this.withdraw(name, saved), { class: "danger" }),
    ];
  }

  private saved(entry: Parameters<UndoStack["push"]>[0], told: string): void {
    this.undoes.push(entry);
    this.show();
    this.app.say(told);
    this.app.refresh();
  }

  private async edit(name: AssetName, first: api.Saved): Promise<void> {
    let base = first;
    const schema = await schemaOf(name.kind);
    const title = assetTitle(name.kind, base.feature.properties);
    const form = openForm({
      title,
      schema,
      values: base.feature.properties,
      save: async (values) => {
        const change = difference(base.feature.properties, values);
        if (Object.keys(change).length === 0) return null;
        try {
          await this.patch(name, base, { properties: change }, `changes to ${title}`);
          return null;
        } catch (error) {
          if (!(error instanceof api.ApiProblem)) throw error;
          if (error.status !== 412) return error.message;
          const latest = await api.item(name.kind, name.id);
          form.rebase(base.feature.properties, latest.feature.properties);
          base = latest;
          return STALE;
        }
      },
    });
  }

  private reshape(name: AssetName, saved: api.Saved): void {
    const shape = toShape(saved.feature.geometry);
    if (shape === null) {
      this.app.say(
        "This asset's shape has several parts, which the map does not edit. Use a file import.",
      );
      return;
    }
    const title = assetTitle(name.kind, saved.feature.properties);
    this.draw({
      title: `${shape.type === "Point" ? "Move" : "Reshape"} ${title}`,
      shape,
      isNew: false,
      saveLabel: "Save position",
      save: (geometry) =>
        this.told(() => this.patch(name, saved, { geometry }, `move of ${title}`)),
    });
  }

  private async patch(
    name: AssetName,
    base: api.Saved,
    change: { geometry?: Geometry; properties?: api.Properties },
    label: string,
  ): Promise<void> {
    const after = await api.patch({ ...name, etag: base.etag }, change);
    const { geometry, properties } = base.feature;
    const back: typeof change = {};
    if (change.properties) back.properties = inverse(properties, change.properties);
    if (change.geometry && geometry) back.geometry = geometry;
    const run = async (etag: string): Promise<string> =>
      (await api.patch({ ...name, etag }, back)).etag;
    this.saved({ label, id: name.id, before: base.etag, after: after.etag, run }, "Saved.");
  }

  private async withdraw(name: AssetName, saved: api.Saved): Promise<void> {
    const title = assetTitle(name.kind, saved.feature.properties);
    if (
      !(await confirmed(`Withdraw ${title}?`, "It leaves the map; its history stays.", "Withdraw"))
    )
      return;
    await this.told(async () => {
      await api.withdraw({ ...name, etag: saved.etag });
      const { geometry, properties } = saved.feature;
      const run = async (etag: string): Promise<string> =>
        (await api.replace({ ...name, etag }, geometry, properties)).etag;
      this.app.store.set({ selected: null, others: [] });
      const entry = {
        label: `withdrawal of ${title}`,
        id: name.id,
        before: saved.etag,
        after: saved.etag,
        run,
      };
      this.saved(entry, `${title} was withdrawn.`);
    });
  }

  private add(kind: string, type: ShapeType): void {
    const save = async (geometry: Geometry): Promise<boolean> => {
      const schema = await schemaOf(kind);
      openForm({
        title: `New ${kindLabel(kind).toLowerCase()}`,
        schema,
        values: {},
        save: (values) => this.create(kind, geometry, values),
      });
      return false; // the shape stays until the asset is saved
    };
    this.draw({
      title: `New ${kindLabel(kind).toLowerCase()}`,
      shape: emptyShape(type),
      isNew: true,
      saveLabel: "Next: details",
      save,
    });
  }

  private async create(
    kind: string,
    geometry: Geometry,
    values: api.Properties,
  ): Promise<string | null> {
    try {
      const made = await api.create(kind, geometry, difference({}, values));
      const name = { kind, id: made.feature.id };
      const run = async (etag: string): Promise<string> => {
        await api.withdraw({ ...name, etag });
        this.app.store.set({ selected: null, others: [] });
        return etag;
      };
      this.drawing?.end();
      const label = `new ${assetTitle(kind, made.feature.properties)}`;
      this.saved({ label, id: name.id, before: "", after: made.etag, run }, "Saved.");
      this.app.store.set({ selected: name, others: [name] });
      return null;
    } catch (error) {
      if (!(error instanceof api.ApiProblem)) throw error;
      return error.message;
    }
  }

  private draw(options: Omit<DrawingOptions, "ended">): void {
    this.drawing?.end();
    if (this.app.clickTaker !== null) {
      this.app.say("Finish measuring first.");
      return;
    }
    this.drawing = new Drawing(this.app, {
      ...options,
      ended: () => {
        this.drawing = null;
      },
    });
    this.page.bars.append(this.drawing.bar);
    this.app.map.getCanvas().focus();
  }

  private async takeBack(): Promise<void> {
    const label = this.undoes.top?.label;
    const isDone = await this.told(() => this.undoes.undo());
    this.show();
    if (!isDone) return;
    this.app.say(`Undone: ${label}.`);
    this.app.refresh();
  }

  /** Whether it worked; a refusal is shown. */
  private async told(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof api.ApiProblem)) throw error;
      this.app.say(error.status === 412 ? STALE_SHAPE : error.message, "error");
      if (error.status === 412) {
        this.drawing?.end(); // it began from a version that is no more
        this.app.refresh();
      }
      return false;
    }
  }
}
