// The scenarios of the simulator. They are played in a process of their own, since time is replaced in it.

import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { scenarios } from "./scenarios.ts";

const PATIENCE_MS = 120_000;

interface Played {
  name: string;
  faults: string[];
}

let played: Played[] = [];

beforeAll(async () => {
  const command = [process.execPath, join(import.meta.dir, "../../scripts/simulate.ts"), "--scenarios"];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  played = text.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as Played)));
}, PATIENCE_MS);

describe("a simulation by name", () => {
  test.each(scenarios.map(({ name }) => name))("%s", (name) => {
    expect(played.find((one) => one.name === name)?.faults).toEqual([]);
  });
});
