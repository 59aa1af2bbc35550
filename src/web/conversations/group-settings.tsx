// What a group shows: its name and its picture, which each of its members may change.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import { client } from "../state/cache.ts";
import { type Conversation, titleOf } from "../state/conversations.ts";
import { words } from "../words.ts";

const text = words.conversations;

export function GroupSettings({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const { id, name, image } = conversation;
  const update = async (changes: { name?: string | null; image?: string | null }) => {
    await client.value?.ask("update_conversation", { conversation_id: id, changes });
  };
  const submit = useSubmit(async ({ name = "" }) => {
    await update({ name: name.trim() || null });
    onClose();
  });
  return (
    <Dialog title={text.edit_group} onClose={onClose}>
      <PictureField
        id={id}
        name={titleOf(conversation)}
        picture={image}
        is_server
        onChange={(url) => update({ image: url })}
      />
      <Form action={words.save} fields={["name"]} {...submit}>
        <Field
          name="name"
          label={text.group_name}
          hint={text.group_name_hint}
          defaultValue={name ?? ""}
          autoComplete="off"
          refusal={submit.refusal}
        />
      </Form>
    </Dialog>
  );
}
