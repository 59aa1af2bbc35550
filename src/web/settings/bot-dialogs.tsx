// A bot, new or changed, and its token, which is shown this once.

import { useState } from "preact/hooks";
import { newNonce } from "../../client/index.ts";
import type { Bot } from "../../protocol/bots.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import { ShownOnce } from "../parts/shown-once.tsx";
import { addBot, changeBot } from "../state/bots.ts";
import { words } from "../words.ts";

const text = words.settings.bots;

export interface MadeToken {
  name: string;
  token: string;
}

interface BotDialogProps {
  /** Null: a new one. */
  bot: Bot | null;
  onDone(made: MadeToken | null): void;
  onClose(): void;
}

export function BotDialog({ bot, onDone, onClose }: BotDialogProps) {
  const [nonce] = useState(newNonce);
  const submit = useSubmit(async ({ name = "" }) => {
    if (!bot) return onDone({ name, token: (await addBot(name, nonce)).token });
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

export function BotToken({ made: { name, token }, onClose }: { made: MadeToken; onClose(): void }) {
  return (
    <ShownOnce
      title={text.token_title(name)}
      text={text.token_text}
      label={text.token}
      {...{ value: token, onClose }}
    />
  );
}
