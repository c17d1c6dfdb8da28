import { expect, test } from "vitest";
import { UndoStack } from "../src/edit/undo.ts";

test("earlier changes of the same asset go on from what the undo wrote", async () => {
  const stack = new UndoStack();
  const seen: string[] = [];
  const entry = (before: string, after: string, now: string) => ({
    label: after,
    id: "a",
    before,
    after,
    run: async (etag: string) => {
      seen.push(etag);
      return now;
    },
  });
  stack.push(entry("1", "2", "5"));
  stack.push(entry("2", "3", "4"));
  await stack.undo();
  await stack.undo();
  expect(seen).toEqual(["3", "4"]);
  expect(stack.top).toBeNull();
});

test("a change that could not be taken back stays", async () => {
  const stack = new UndoStack();
  const run = () => Promise.reject(new Error("stale"));
  stack.push({ label: "x", id: "a", before: "1", after: "2", run });
  await expect(stack.undo()).rejects.toThrow("stale");
  expect(stack.top?.label).toBe("x");
});
