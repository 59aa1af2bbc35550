// Changes of profiles, as the registry hears of them: it gives each its place in what is told of the person, and tells it
// once it is stored. Of one whose end nobody says, it reads what became of it.

import type { StoredProfile } from "../../db/queries/profiles.ts";
import { limits } from "../../domain/limits.ts";
import { success } from "../../protocol/outcome.ts";
import type { Actor } from "../kernel/actor.ts";
import type { PresenceCalls } from "./calls.ts";
import type { PresenceDependencies, PresenceRegistry } from "./registry.ts";
import type { Relations } from "./relations.ts";

type ProfileCall = "change_profile" | "profile_changed" | "profile_unchanged" | "profile_unsure" | "profile_read";

export function receiveProfiles(
  registry: PresenceRegistry,
  relations: Relations,
  on: Pick<PresenceDependencies, "profile">,
): Pick<Actor<PresenceCalls>["receive"], ProfileCall> {
  const { user_topics, news } = registry;
  const read = (user_id: number, seq: number) => {
    const tell = (profile: StoredProfile | null | undefined) =>
      registry.tellSelf("profile_read", { user_id, seq, profile });
    on.profile(user_id).then(tell, () => tell(undefined));
  };
  return {
    change_profile({ user_id }, reply) {
      const seq = user_topics.reserve(user_id);
      reply(success({ seq }));
      // Whoever reserved it may be gone, or never have heard of it.
      registry.later.run(limits.profile_change_ms, () => {
        if (user_topics.isUnderway(user_id, seq)) read(user_id, seq);
      });
    },
    profile_changed: ({ profile, changes, renamed, last_online }, reply) => {
      const { id, seq } = profile;
      const before = news.adopt(profile, last_online);
      reply(success({ seen: registry.roll.look(id) }));
      user_topics.finish(id, seq, () => {
        if (Object.keys(changes).length > 0) user_topics.send(id, seq, changes);
      });
      news.tellAdopted(profile, before, renamed, last_online);
    },
    profile_unchanged: ({ user_id, seq }) => user_topics.release(user_id, seq),
    profile_unsure: ({ user_id, seq }) => {
      if (user_topics.isUnderway(user_id, seq)) read(user_id, seq);
    },
    profile_read: ({ user_id, seq, profile: stored }) => {
      if (!user_topics.isUnderway(user_id, seq)) return;
      if (stored === undefined) return registry.later.run(limits.catching_up_retry_ms, () => read(user_id, seq));
      if (stored?.seq !== seq) return user_topics.release(user_id, seq);
      const { last_online, ...profile } = stored;
      if (profile.deleted) return relations.ended(profile);
      const before = news.adopt(profile, last_online);
      const { name, profile_pic, bio, custom_status } = profile;
      user_topics.finish(user_id, seq, () => user_topics.send(user_id, seq, { name, profile_pic, bio, custom_status }));
      news.tellAdopted(profile, before, true, last_online);
    },
  };
}
