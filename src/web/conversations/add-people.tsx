// Bringing friends into a group.

import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import type { Conversation } from "../state/conversations.ts";
import { words } from "../words.ts";
import { friendsBut, PickFriends } from "./pick-friends.tsx";

const text = words.conversations;

export function AddPeople({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const { id: conversation_id, members } = conversation;
  const inside = new Set(members.map(({ user_id }) => user_id));
  const submit = useSubmit(async () => {
    const left = new Set(chosen);
    for (const user_id of chosen) {
      await client.value?.ask("add_conversation_member", { conversation_id, user_id });
      // Who is in stays in, should the next be refused.
      left.delete(user_id);
      setChosen(new Set(left));
    }
    onClose();
  });
  return (
    <Dialog title={text.add_people} onClose={onClose}>
      {friendsBut(inside).length === 0 ? (
        <p>{text.everybody_in}</p>
      ) : (
        <Form action={text.add} fields={[]} is_disabled={chosen.size === 0} {...submit}>
          <PickFriends chosen={chosen} except={inside} onChange={setChosen} />
        </Form>
      )}
    </Dialog>
  );
}
