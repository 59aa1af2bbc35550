// Friends who are online, beside the pages that belong to no server.

import { useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.tsx";
import { Profile } from "../people/profile.tsx";
import { friendList } from "../state/cache.ts";
import { type Person, personOf } from "../state/people.ts";
import { words } from "../words.ts";

export function HereNow() {
  const [profile, setProfile] = useState<number | null>(null);
  const friends = friendList().filter(({ state }) => state === "friend");
  const here = friends
    .map(({ user_id }) => personOf(user_id))
    .filter(({ status }) => (status ?? "offline") !== "offline");
  return (
    <section class="places" aria-labelledby="here-now">
      <div class="side-head">
        <h2 id="here-now">{words.people.here_now}</h2>
      </div>
      <div class="side-scroll">
        {here.length === 0 && <p class="hint side-hint">{words.people.nobody_here}</p>}
        <ul class="here-now">
          {here.map((person) => (
            <li key={person.id}>
              <Row person={person} onOpen={() => setProfile(person.id)} />
            </li>
          ))}
        </ul>
      </div>
      {profile !== null && <Profile user_id={profile} server_id={0} onClose={() => setProfile(null)} />}
    </section>
  );
}

function Row({ person, onOpen }: { person: Person; onOpen(): void }) {
  const said = person.playing ?? person.custom_status;
  return (
    <button type="button" class="member" onClick={onOpen}>
      <Avatar
        id={person.id}
        name={person.name}
        picture={person.picture}
        size={30}
        status={person.status ?? "offline"}
      />
      <span class="who">
        <bdi>{person.name}</bdi>
        {said && <span>{said}</span>}
      </span>
    </button>
  );
}
