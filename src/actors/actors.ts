// All kinds of actors, on what they stand on: each owner tells and stores through its own voice.

import { monotonic } from "../clock.ts";
import { over } from "../domain/lazily.ts";
import { limits } from "../domain/limits.ts";
import type { Actors } from "./calls.ts";
import { createCommit } from "./commit/commit.ts";
import type { Line } from "./delivery/line.ts";
import { friendshipKind } from "./people/friendships.ts";
import { type PresenceServices, presenceKind } from "./people/presence.ts";
import { profileKind } from "./people/profiles.ts";
import { type RoomServices, roomKind } from "./room/actor.ts";
import type { Runtime } from "./runtime.ts";
import { sessionKind } from "./session/actor.ts";

export interface ActorSettings extends Pick<PresenceServices, "bounds"> {
  presence_grace_ms: number;
}

type Made =
  | ("actors" | "gateway" | "commit" | "monotonic" | "bounds" | "grace_ms" | "hints_lag" | "onCount" | "onStanding")
  | ("forRoom" | "webhook_throttle" | "sweepNoted");
type Services = PresenceServices &
  RoomServices &
  Parameters<typeof friendshipKind>[0] &
  Parameters<typeof profileKind>[0];

export type ActorServices = Omit<Services, Made> & {
  runtime: Runtime;
  line: Line;
  throttleOf(name: "webhook_messages", scope: "webhook"): RoomServices["webhook_throttle"];
  metrics: { usersOnline: PresenceServices["onCount"] };
};

export function createActors({ bounds, presence_grace_ms: grace_ms }: ActorSettings, parts: ActorServices): Actors {
  const { runtime, store } = parts;
  const actors = runtime.createActors({
    line: parts.line,
    ask_deadline_ms: limits.request_deadline_ms,
    sweep_ms: limits.actor_sweep_ms,
    onFault: parts.onFault,
  });
  const services = { ...parts, actors, monotonic };
  const { gateway, perform, onStanding } = runtime.forPeople();
  const people = {
    ...services,
    ...{ gateway, onStanding, hints_lag: runtime.hints_lag },
    commit: createCommit(perform),
    store: over(store, { writer: { ...store.writer, perform } }),
  };
  const forRoom = (server_id: number) => {
    const voice = runtime.forRoom(server_id);
    return { gateway: voice.gateway, commit: createCommit(voice.perform) };
  };
  const sweepNoted = () => void actors.tell("upkeep", "noted", { work: "sweeps" });
  actors.define("session", sessionKind());
  actors.define("presence", presenceKind({ ...people, bounds, grace_ms, onCount: parts.metrics.usersOnline }));
  actors.define("friendship", friendshipKind(people));
  actors.define("profile", profileKind(people));
  const webhook_throttle = parts.throttleOf("webhook_messages", "webhook");
  actors.define("room", roomKind({ ...services, forRoom, webhook_throttle, sweepNoted }));
  return actors;
}
