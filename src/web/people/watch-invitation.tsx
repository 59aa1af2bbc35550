// Asking a friend who is here to watch something together.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";

export function WatchInvitation({ friend, onClose }: { friend: { user_id: number; name: string }; onClose(): void }) {
  const submit = useSubmit(async ({ message = "" }) => {
    await client.value?.ask("watchParty", { userId: friend.user_id, message });
    say(words.people.watch_sent(friend.name));
    onClose();
  });
  return (
    <Dialog title={words.people.watch_title(friend.name)} onClose={onClose}>
      <Form action={words.people.watch_send} fields={["message"]} {...submit}>
        <Field
          name="message"
          label={words.people.watch_what}
          hint={words.people.watch_hint}
          maxLength={500}
          autoFocus
          autoComplete="off"
          refusal={submit.refusal}
        />
      </Form>
    </Dialog>
  );
}
