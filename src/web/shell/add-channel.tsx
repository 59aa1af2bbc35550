// A new channel in a category.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import { go, ways } from "../state/places.ts";
import { words } from "../words.ts";

export function AddChannel({
  server_id,
  category_id,
  onClose,
}: {
  server_id: number;
  category_id: number | null;
  onClose(): void;
}) {
  const submit = useSubmit(async ({ name = "" }) => {
    const place = category_id === null ? {} : { category_id };
    const made = await client.value?.ask("add_channel", { server_id, name, ...place });
    onClose();
    if (made) go(ways.channel(server_id, made.channel.id));
  });
  return (
    <Dialog title={words.side.add_channel} onClose={onClose}>
      <Form action={words.rail.create} fields={["name"]} {...submit}>
        <Field name="name" label={words.side.channel_name} autoFocus autoComplete="off" refusal={submit.refusal} />
      </Form>
    </Dialog>
  );
}
