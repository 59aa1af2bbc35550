// A new conversation: with one friend, or as a group with several.

import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { openConversation } from "../state/conversations.ts";
import { closeNav } from "../state/nav.ts";
import { words } from "../words.ts";
import { friendsBut, PickFriends } from "./pick-friends.tsx";

const text = words.conversations;

export function NewConversation({ onClose }: { onClose(): void }) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const submit = useSubmit(async ({ name = "" }) => {
    await openConversation([...chosen], name.trim());
    closeNav();
    onClose();
  });
  return (
    <Dialog title={text.new} onClose={onClose}>
      {friendsBut().length === 0 ? (
        <p>{text.no_friends}</p>
      ) : (
        <Form action={text.start} fields={["name"]} is_disabled={chosen.size === 0} {...submit}>
          <p class="hint">{text.with_hint}</p>
          <PickFriends chosen={chosen} onChange={setChosen} />
          {chosen.size > 1 && (
            <Field
              name="name"
              label={text.group_name}
              hint={text.group_name_hint}
              autoComplete="off"
              refusal={submit.refusal}
            />
          )}
        </Form>
      )}
    </Dialog>
  );
}
