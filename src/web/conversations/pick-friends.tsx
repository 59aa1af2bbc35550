// Friends to be chosen from, found by the beginning of their name.

import { useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.tsx";
import { Field } from "../parts/form.tsx";
import { friendList } from "../state/cache.ts";
import { personOf } from "../state/people.ts";
import { words } from "../words.ts";

const text = words.conversations;

export interface PickFriendsProps {
  chosen: ReadonlySet<number>;
  /** Who can't be chosen. */
  except?: ReadonlySet<number>;
  onChange(chosen: ReadonlySet<number>): void;
}

export const friendsBut = (except: ReadonlySet<number> = new Set()) =>
  friendList()
    .filter(({ state, user_id }) => state === "friend" && !except.has(user_id))
    .sort((one, other) => one.name.localeCompare(other.name));

export function PickFriends({ chosen, except, onChange }: PickFriendsProps) {
  const [wanted, setWanted] = useState("");
  const begins = (name: string) => name.toLowerCase().startsWith(wanted.trim().toLowerCase());
  const shown = friendsBut(except).filter(({ name, user_id }) => begins(name) || chosen.has(user_id));
  const toggle = (user_id: number) => {
    const next = new Set(chosen);
    if (!next.delete(user_id)) next.add(user_id);
    onChange(next);
  };
  return (
    <>
      <Field
        name="find"
        label={text.find}
        value={wanted}
        autoFocus
        autoComplete="off"
        onInput={({ currentTarget }) => setWanted(currentTarget.value)}
      />
      <fieldset class="picks" aria-label={text.with}>
        {shown.length === 0 && <p class="hint">{text.nobody_found}</p>}
        {shown.map(({ user_id, name }) => (
          <label key={user_id} class="pick">
            <input type="checkbox" checked={chosen.has(user_id)} onChange={() => toggle(user_id)} />
            <Avatar id={user_id} name={name} picture={personOf(user_id).picture} size={30} />
            <bdi>{name}</bdi>
          </label>
        ))}
      </fieldset>
    </>
  );
}
