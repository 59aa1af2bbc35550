// A bot, new or changed.

import { useState } from "preact/hooks";
import { newNonce } from "../../client/index.ts";
import type { Bot } from "../../protocol/bots.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import type { EditorProps } from "../parts/secret-list.tsx";
import { addBot, changeBot } from "../state/bots.ts";
import { words } from "../words.ts";

const text = words.settings.bots;

/** Null: a new one. */
type BotDialogProps = Pick<EditorProps<Bot>, "onDone" | "onClose"> & { bot: Bot | null };

export function BotDialog({ bot, onDone, onClose }: BotDialogProps) {
  const [nonce] = useState(newNonce);
  const submit = useSubmit(async ({ name = "" }) => {
    if (!bot) return onDone({ name, secret: (await addBot(name, nonce)).token });
    await changeBot(bot.id, { name });
    onDone(null);
  });
  return (
    <Dialog title={bot ? text.edit_title(bot.name) : text.add} onClose={onClose}>
      {bot && (
        <PictureField
          id={bot.id}
          name={bot.name}
          picture={bot.profile_pic}
          onChange={(profile_pic) => changeBot(bot.id, { profile_pic }).then(() => onDone(null))}
        />
      )}
      <Form action={bot ? words.save : words.rail.create} fields={["name"]} {...submit}>
        <Field
          name="name"
          label={text.name}
          hint={text.name_hint}
          defaultValue={bot?.name ?? ""}
          autoComplete="off"
          autoCapitalize="none"
          autoFocus
          refusal={submit.refusal}
        />
      </Form>
    </Dialog>
  );
}
