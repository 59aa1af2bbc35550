// A person in a list: who they are, whether they are here, and what they say or do.

import { Avatar } from "../parts/avatar.tsx";
import { BotMark } from "../parts/bot-mark.tsx";
import type { Person } from "../state/people.ts";

export interface PersonRowProps {
  person: Person;
  /** In place of what they say of themselves. */
  said?: string | undefined;
  onOpen(): void;
}

export function PersonRow({ person, said, onOpen }: PersonRowProps) {
  const { id, name, picture, status, playing, custom_status } = person;
  const shown = said ?? playing ?? custom_status;
  return (
    <button type="button" class="member" data-status={status ?? "offline"} onClick={onOpen}>
      <Avatar id={id} name={name} picture={picture} size={30} status={status ?? "offline"} />
      <span class="who">
        <bdi>{name}</bdi>
        {shown && <span>{shown}</span>}
      </span>
      <BotMark of={person} />
    </button>
  );
}
