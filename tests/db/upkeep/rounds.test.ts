// Rounds of work that only one of several processes does: they begin with the duty, and end with it.

import { expect, test } from "bun:test";
import { aloneLater, type Duty } from "../../../src/db/upkeep/duty.ts";
import { startRounds } from "../../../src/db/upkeep/rounds.ts";

const options = { every_ms: 2 ** 30, closing_ms: 0, onFault: (error: unknown) => expect(error).toBeUndefined() };

/** A duty that the test gives and takes. */
function given(is_mine: boolean) {
  const begins: (() => void)[] = [];
  const duty: Duty = { isMine: () => is_mine, onMine: (begin) => void begins.push(begin) };
  return {
    duty,
    take() {
      is_mine = false;
    },
    give() {
      is_mine = true;
      for (const begin of begins) begin();
    },
  };
}

test("none is done while it is another's, and one is as soon as it is one's own", async () => {
  const { duty, give, take } = given(false);
  let done = 0;
  const round = async () => {
    done += 1;
  };
  const rounds = startRounds(round, { ...options, duty });
  await rounds.run();
  expect(done).toBe(0);
  give();
  expect(done).toBe(1);
  await rounds.run();
  take();
  await rounds.run();
  expect(done).toBe(1);
  await rounds.stop();
});

test("one that goes on ends early when it is another's, and another begins when it is one's own again", async () => {
  const { duty, give, take } = given(true);
  const steps: string[] = [];
  let step = Promise.withResolvers<void>();
  const round = async (isStopping: () => boolean) => {
    steps.push("begins");
    while (!isStopping() && steps.length < 100) {
      await step.promise;
      if (!isStopping()) return;
    }
    steps.push("breaks off");
  };
  const rounds = startRounds(round, { ...options, duty });
  const first = rounds.run();
  take();
  step.resolve();
  await first;
  expect(steps).toEqual(["begins", "breaks off"]);
  step = Promise.withResolvers<void>();
  give();
  expect(steps).toEqual(["begins", "breaks off", "begins"]);
  step.resolve();
  await rounds.stop();
});

test("what broke off and is still ending when it is one's own again is followed by another", async () => {
  const { duty, give, take } = given(true);
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  const rounds = startRounds(
    async (isStopping) => {
      begun += 1;
      const was_stopping = isStopping();
      if (begun === 1) await promise;
      expect(was_stopping).toBe(false);
    },
    { ...options, duty },
  );
  take();
  give();
  expect(begun).toBe(1);
  const ended = rounds.run();
  resolve();
  await ended;
  await rounds.run();
  expect(begun).toBe(2);
  await rounds.stop();
});

test("a stopped one begins none, whoever's it is", async () => {
  const { duty, give } = given(false);
  let done = 0;
  const round = async () => {
    done += 1;
  };
  const rounds = startRounds(round, { ...options, duty });
  await rounds.stop();
  give();
  await rounds.run();
  expect(done).toBe(0);
});

test("of a process that has other things to do first they begin when it says so, one in each round of the loop", async () => {
  const duty = aloneLater();
  const begun: string[] = [];
  const named = (name: string) => startRounds(async () => void begun.push(name), { ...options, duty });
  const rounds = [named("one"), named("other")];
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  await rounds[0]?.run();
  expect(begun).toEqual([]);
  duty.begin();
  expect(begun).toEqual([]);
  await turn();
  expect(begun).toEqual(["one"]);
  await turn();
  expect(begun).toEqual(["one", "other"]);
  await Promise.all(rounds.map((one) => one.run()));
  expect(begun).toEqual(["one", "other", "one", "other"]);
  await Promise.all(rounds.map((one) => one.stop()));
});
