// Friends who are online, beside the pages that belong to no server.

import { useState } from "preact/hooks";
import { PersonRow } from "../people/person-row.tsx";
import { Profile } from "../people/profile.tsx";
import { friendList } from "../state/cache.ts";
import { personOf } from "../state/people.ts";
import { words } from "../words.ts";

export function HereNow() {
  const [profile, setProfile] = useState<number | null>(null);
  const friends = friendList().filter(({ state }) => state === "friend");
  const here = friends
    .map(({ user_id }) => personOf(user_id))
    .filter(({ status }) => (status ?? "offline") !== "offline");
  return (
    <section aria-labelledby="here-now">
      <div class="category">
        <h3 id="here-now">{words.people.here_now}</h3>
      </div>
      {here.length === 0 && <p class="hint side-hint">{words.people.nobody_here}</p>}
      <ul class="here-now">
        {here.map((person) => (
          <li key={person.id}>
            <PersonRow person={person} onOpen={() => setProfile(person.id)} />
          </li>
        ))}
      </ul>
      {profile !== null && <Profile user_id={profile} server_id={0} onClose={() => setProfile(null)} />}
    </section>
  );
}
