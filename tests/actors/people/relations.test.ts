// The end of an account, as those hear of it who have loaded its user.

import { beforeEach, expect, test } from "bun:test";
import { type Frame, textOf } from "../../../src/actors/delivery/late-frame.ts";
import { type PresenceDependencies, PresenceRegistry } from "../../../src/actors/people/registry.ts";
import { Relations } from "../../../src/actors/people/relations.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Profile } from "../../../src/domain/profile.ts";

const alice = 1;
const watcher = 20;

let told: string[];
let watchers: Set<number>;
let registry: PresenceRegistry;
let relations: Relations;

beforeEach(() => {
  [told, watchers] = [[], new Set([watcher])];
  const gateway = {
    subscribers: () => [...watchers],
    unsubscribe: (session: number) => watchers.delete(session),
    publish(topic: string, frame: Frame) {
      for (const session of watchers) told.push(`${session} ${topic} ${JSON.parse(textOf(frame)).type}`);
    },
  };
  let last = 100;
  const next = () => {
    last += 1;
    return last;
  };
  const dependencies = { gateway, ids: { next }, bounds: limits, clock: () => 0 } as unknown as PresenceDependencies;
  registry = new PresenceRegistry(dependencies);
  relations = new Relations(registry, dependencies.gateway);
});

const ended = (seq: number): Profile => ({
  ...{ id: alice, name: "Deleted user", profile_pic: null, bio: null, status: "online", custom_status: null },
  ...{ created_at: 0, seq, bot: false, deleted: true },
});

test("they hear of it, and of nothing after it", () => {
  relations.ended(ended(registry.user_topics.reserve(alice)));
  registry.user_topics.publish(alice, { status: "idle" });
  expect(told).toEqual([`${watcher} user:${alice} user_changed`]);
});

test("they hear of it behind a change of the profile that was on its way before", async () => {
  const before = registry.user_topics.reserve(alice);
  relations.ended(ended(registry.user_topics.reserve(alice)));
  expect(told).toEqual([]);
  registry.user_topics.release(alice, before);
  await registry.user_topics.settled(alice);
  expect(told).toEqual([`${watcher} user:${alice} user_changed`]);
  expect(watchers.size).toBe(0);
});
