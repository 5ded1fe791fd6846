// What is read aloud: only when chosen, the latest alone, never more than one message in five seconds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcer } from "../../../orchestrator/web/static/js/announcer.js";

function hearing() {
  const heard = [];
  const time = { now: 0, due: [], on: true };
  const later = (act, wait) => time.due.push({ at: time.now + wait, act });
  const announcer = new Announcer((text) => heard.push([time.now, text]), { on: () => time.on, now: () => time.now, later });
  const until = (moment) => {
    for (const { at, act } of time.due.splice(0).sort((a, b) => a.at - b.at)) {
      if (at > moment) time.due.push({ at, act });
      else {
        time.now = at;
        act();
      }
    }
    time.now = moment;
  };
  return { announcer, heard, time, until };
}

test("a burst is one message, and the next waits five seconds", () => {
  const { announcer, heard, until } = hearing();
  for (const text of ["a", "b", "c"]) announcer.tell(text);
  until(1000);
  for (const text of ["d", "e"]) announcer.tell(text);
  until(5000);
  assert.deepEqual(heard, [[300, "c"]]);
  until(6000);
  assert.deepEqual(heard, [[300, "c"], [5300, "e"]]);
});

test("what has been said is not said again, nor anything while it is off", () => {
  const { announcer, heard, time, until } = hearing();
  announcer.tell("a");
  until(1000);
  announcer.tell("a");
  until(9000);
  time.on = false;
  announcer.tell("b");
  until(20000);
  assert.deepEqual(heard, [[300, "a"]]);
});
