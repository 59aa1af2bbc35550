// Whether log-ins are still good is looked until that could be read, once more later, and no longer than the server lives.

import { beforeEach, expect, test } from "bun:test";
import { LoginCheck } from "../../../src/actors/session/login-check.ts";
import { limits } from "../../../src/domain/limits.ts";

let reads: PromiseWithResolvers<ReadonlySet<number>>[];
let judged: ReadonlySet<number>[];
let later: { after_ms: number; run(): void }[];
let check: LoginCheck;

beforeEach(() => {
  [reads, judged, later] = [[], [], []];
  check = new LoginCheck({
    expiries: { logins: () => [1, 2], judge: (_, good) => void judged.push(good) },
    goodLogins() {
      const reading = Promise.withResolvers<ReadonlySet<number>>();
      reads.push(reading);
      return reading.promise;
    },
    later: {
      run: (after_ms, run) => void later.push({ after_ms, run }),
      stop: () => void later.splice(0),
    },
  });
});

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function answer(good: number[] | Error): Promise<void> {
  const reading = reads.at(-1);
  if (good instanceof Error) reading?.reject(good);
  else reading?.resolve(new Set(good));
  await settled();
}

test("it looks again until it can be read, and once more for those that were opening", async () => {
  void check.run();
  await answer(new Error("the database is away"));
  expect(later.map(({ after_ms }) => after_ms)).toEqual([limits.catching_up_retry_ms]);
  later.shift()?.run();
  await answer([1]);
  expect(judged).toEqual([new Set([1])]);
  expect(later.map(({ after_ms }) => after_ms)).toEqual([limits.request_deadline_ms]);
  later.shift()?.run();
  await answer([1, 2]);
  expect(judged).toHaveLength(2);
  expect(later).toEqual([]);
  expect(reads).toHaveLength(3);
});

test("of two checks the later one goes on, and the earlier one ends", async () => {
  void check.run();
  const [first] = reads;
  void check.run();
  first?.reject(new Error("the database is away"));
  await settled();
  expect(later).toEqual([]);
  await answer([1]);
  expect(judged).toEqual([new Set([1])]);
  expect(later).toHaveLength(1);
});

test.each(["while it reads", "while it waits"])("once it is stopped %s, it neither reads nor judges", async (when) => {
  void check.run();
  if (when === "while it waits") await answer(new Error("the database is away"));
  const waiting = [...later];
  await check.stop();
  await answer([1]);
  for (const { run } of waiting) run();
  await settled();
  expect(judged).toEqual([]);
  expect(reads).toHaveLength(1);
  expect(later).toEqual([]);
});
