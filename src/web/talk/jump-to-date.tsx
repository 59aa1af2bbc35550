// To what was said on a day.

import { useState } from "preact/hooks";
import { messageAt } from "../../client/index.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { IconButton } from "../parts/icon.tsx";
import { client } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { go, ways } from "../state/places.ts";
import { words } from "../words.ts";

export function JumpToDate({ channel_id }: { channel_id: number }) {
  const [is_open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        class="icon-button roomy"
        icon="calendar"
        label={words.talk.jump_to_date}
        onClick={() => setOpen(true)}
      />
      {is_open && <DateDialog channel_id={channel_id} onClose={() => setOpen(false)} />}
    </>
  );
}

export function DateDialog({ channel_id, onClose }: { channel_id: number; onClose(): void }) {
  const submit = useSubmit(async ({ date = "" }) => {
    // Without a zone a time is one here, and a date alone is one in Greenwich.
    const time_ms = Date.parse(`${date}T00:00`);
    if (!client.value || Number.isNaN(time_ms)) return;
    const message = await messageAt(client.value, channel_id, time_ms);
    onClose();
    if (message) go(ways.message(message, message.id));
    else say(words.talk.no_messages);
  });
  return (
    <Dialog title={words.talk.jump_to_date} onClose={onClose}>
      <Form action={words.talk.go_there} fields={["date"]} {...submit}>
        <Field name="date" label={words.talk.date} type="date" autoFocus refusal={submit.refusal} />
      </Form>
    </Dialog>
  );
}
