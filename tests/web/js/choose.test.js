import assert from "node:assert/strict";
import { test } from "node:test";

import { Chooser } from "../../../orchestrator/web/static/room/choose.js";

const one = (identity, more = {}) => ({ key: identity, identity, screen: false, host: false, spokeAt: 0, ...more });
const names = ({ main, small }) => [main?.key, small?.key];

test("whoever has the floor is seen, and nobody while they show no picture", () => {
  const chooser = new Chooser();
  const there = [one("chair", { host: true, spokeAt: 9000 }), one("kari")];
  assert.deepEqual(names(chooser.choose(there, new Set(["kari"]), 9000)), ["kari", undefined]);
  assert.deepEqual(names(chooser.choose(there.slice(0, 1), new Set(["kari"]), 9000)), [undefined, undefined]);
});

test("a shared screen is largest, with the speaker beside it", () => {
  const screen = one("kari", { key: "screen", screen: true });
  const there = [one("ola", { spokeAt: 9000 }), screen, one("kari")];
  assert.deepEqual(names(new Chooser().choose(there, new Set(["kari"]), 9000)), ["screen", "kari"]);
  assert.deepEqual(names(new Chooser().choose([screen], new Set(), 9000)), ["screen", undefined]);
});

test("without the floor whoever spoke last is seen, else a host, else whoever is there", () => {
  const there = [one("ola"), one("chair", { host: true }), one("kari")];
  assert.deepEqual(names(new Chooser().choose(there, new Set(), 0)), ["chair", undefined]);
  assert.deepEqual(names(new Chooser().choose([there[0]], new Set(), 0)), ["ola", undefined]);
  const spoken = [one("ola", { spokeAt: 1000 }), there[1], one("kari", { spokeAt: 2000 })];
  assert.deepEqual(names(new Chooser().choose(spoken, new Set(), 2000)), ["kari", undefined]);
});

test("a short remark takes the picture from nobody", () => {
  const chooser = new Chooser();
  const at = (kari, ola, now) => names(chooser.choose([one("kari", { spokeAt: kari }), one("ola", { spokeAt: ola })], new Set(), now))[0];
  assert.equal(at(1000, 0, 1000), "kari");
  assert.equal(at(1000, 2000, 2000), "kari");
  assert.equal(at(1000, 2600, 2600), "ola");
});
