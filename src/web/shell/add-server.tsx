// A server of one's own, or one that somebody invited to.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import { closeNav } from "../state/nav.ts";
import { go, ways } from "../state/places.ts";
import { words } from "../words.ts";

/** The code at the end of a link, or what was given where that is no link. */
export const codeOf = (text: string) =>
  text
    .trim()
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .split("/")
    .at(-1) ?? "";

export function AddServer({ onClose }: { onClose(): void }) {
  const open = (server_id: number) => {
    onClose();
    closeNav();
    go(ways.server(server_id));
  };
  const creating = useSubmit(async ({ name = "" }) => {
    const made = await client.value?.ask("add_server", { name });
    if (made) open(made.server.id);
  });
  const joining = useSubmit(async ({ invite_code = "" }) => {
    const joined = await client.value?.ask("join_server", { invite_code: codeOf(invite_code) });
    if (joined) open(joined.server.id);
  });
  return (
    <Dialog title={words.rail.add_title} onClose={onClose}>
      <Form action={words.rail.create} fields={["name"]} {...creating}>
        <p class="hint">{words.rail.make_text}</p>
        <Field name="name" label={words.rail.server_name} autoFocus autoComplete="off" refusal={creating.refusal} />
      </Form>
      <Form action={words.rail.join} fields={["invite_code"]} {...joining}>
        <h3>{words.rail.join_title}</h3>
        <Field
          name="invite_code"
          label={words.rail.invite}
          hint={words.rail.invite_hint}
          autoComplete="off"
          refusal={joining.refusal}
        />
      </Form>
    </Dialog>
  );
}
