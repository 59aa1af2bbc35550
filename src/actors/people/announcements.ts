// The frames in which a person's friends hear of their coming, going and playing. Pure.

import { timeOfId } from "../../domain/ids.ts";
import type { Person, PresenceChange, SeenPresence } from "../../domain/presence.ts";
import type { Friend } from "../../protocol/entities.ts";
import { encodePush } from "../../protocol/pushes.ts";
import { type Frame, whenHeard } from "../delivery/late-frame.ts";

/** The frames of one change, in their order. `person` looks as in `seen` now. */
export function announcement(change: PresenceChange, person: Person, seen: SeenPresence): Frame[] {
  const { id, name } = person;
  switch (change) {
    case "came_online":
      return [
        whenHeard(() => encodePush("now-online", { data: { id, name } })),
        whenHeard(() => friendUpdate(person, seen)),
      ];
    case "went_offline":
      return [whenHeard(() => friendUpdate(person, seen))];
    case "playing": {
      const data = { title: "Now playing", description: `${name} is now playing ${seen.playing}.` };
      const now_playing = encodePush("now-playing", { data: { who: id, app: seen.playing ?? "" } });
      return [encodePush("message", { message: JSON.stringify(data), data }), now_playing];
    }
    case "stopped_playing":
      return [encodePush("now-playing", { data: { who: id, app: "" } })];
    case "status":
      return [];
  }
}

export function friendUpdate(person: Person, seen: SeenPresence): string {
  return encodePush("friend-list-update", { data: friendView(person, "friend", seen) });
}

/** Only a friend learns when the person was online: anybody else is shown when the account was made. */
export function friendView(person: Person, type: Friend["type"], seen: SeenPresence): Friend {
  const { id, name } = person;
  const status = seen.status === "offline" ? 0 : 1;
  const lastOnline = new Date(type === "friend" ? person.last_online : timeOfId(id)).toISOString();
  return { id, type, name, status, lastOnline, playing: seen.playing, data: { name, status, lastOnline } };
}
