// A channel or a category, new or changed, with who may do what in it.

import { useState } from "preact/hooks";
import type { Channel, Overwrite } from "../../protocol/community/entities.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { client } from "../state/cache.ts";
import { durationOf } from "../state/times.ts";
import { words } from "../words.ts";
import { Deletion, NameField, PositionField } from "./dialog-parts.tsx";
import { Overwrites } from "./overwrites.tsx";
import { allCategories, allChannels } from "./places.ts";

const text = words.server.channels;
const ask = (...parameters: Parameters<NonNullable<typeof client.value>["ask"]>) =>
  client.value?.ask(...parameters) ?? Promise.resolve();

export function ChannelDialog({
  server_id,
  channel_id,
  onClose,
}: {
  server_id: number;
  channel_id: number | null;
  onClose(): void;
}) {
  const channel = allChannels(server_id).find(({ id }) => id === channel_id);
  const details = channel?.details as Channel | null | undefined;
  const [overwrites, setOverwrites] = useState<Overwrite[]>(details?.overwrites ?? []);
  const submit = useSubmit(async ({ name = "", description = "", category = "0", position, slow_mode_s = "0" }) => {
    const category_id = Number(category) || null;
    const about = description.trim() || null;
    if (channel) {
      const place = category_id === channel.category_id && position ? { position: Number(position) } : {};
      const changes = { name, description: about, category_id, ...place, slow_mode_s: Number(slow_mode_s), overwrites };
      await client.value?.ask("update_channel", { channel_id: channel.id, changes });
    } else {
      const more = { ...(category_id && { category_id }), ...(about && { description: about }) };
      await client.value?.ask("add_channel", { server_id, name, ...more, overwrites });
    }
    onClose();
  });
  const categories = allCategories(server_id).map(({ id, name }): [number, string] => [id, name]);
  return (
    <Dialog title={channel ? text.edit(channel.name) : text.add_channel} onClose={onClose} is_wide>
      <Form action={words.save} fields={["name", "description", "position"]} {...submit}>
        <NameField label={text.channel_name} value={channel?.name ?? ""} refusal={submit.refusal} />
        <Field
          name="description"
          label={text.description}
          defaultValue={details?.description ?? ""}
          maxLength={1000}
          autoComplete="off"
          refusal={submit.refusal}
        />
        <SelectField
          name="category"
          label={text.category}
          value={channel ? (channel.category_id ?? 0) : (categories[0]?.[0] ?? 0)}
          options={[[0, text.no_category], ...categories]}
        />
        {channel && (
          <>
            <PositionField label={text.position} min={0} value={channel.position ?? 0} refusal={submit.refusal} />
            <SlowMode value={details?.slow_mode_s ?? 0} />
          </>
        )}
        <Overwrites server_id={server_id} value={overwrites} onChange={setOverwrites} />
      </Form>
      {channel && (
        <Deletion
          label={text.delete_channel}
          hint={text.delete_text}
          onDelete={() => ask("delete_channel", { channel_id: channel.id })}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

const SLOW_MODES_S = [0, 5, 10, 30, 60, 5 * 60, 15 * 60, 60 * 60, 6 * 60 * 60];

/** One that a program set may be another. */
function SlowMode({ value }: { value: number }) {
  const choices = [...new Set([...SLOW_MODES_S, value])].sort((one, other) => one - other);
  return (
    <SelectField<number>
      name="slow_mode_s"
      label={text.slow_mode}
      hint={text.slow_mode_hint}
      value={value}
      options={choices.map((seconds) => [seconds, seconds === 0 ? text.slow_mode_off : durationOf(seconds)] as const)}
    />
  );
}

export function CategoryDialog({
  server_id,
  category_id,
  onClose,
}: {
  server_id: number;
  category_id: number | null;
  onClose(): void;
}) {
  const category = allCategories(server_id).find(({ id }) => id === category_id);
  const [overwrites, setOverwrites] = useState<Overwrite[]>(category?.overwrites ?? []);
  const submit = useSubmit(async ({ name = "", position }) => {
    if (category) {
      const changes = { name, ...(position && { position: Number(position) }), overwrites };
      await client.value?.ask("update_category", { category_id: category.id, changes });
    } else await client.value?.ask("add_category", { server_id, name, overwrites });
    onClose();
  });
  return (
    <Dialog title={category ? text.edit(category.name) : text.add_category} onClose={onClose} is_wide>
      <Form action={words.save} fields={["name", "position"]} {...submit}>
        <NameField label={text.category_name} value={category?.name ?? ""} refusal={submit.refusal} />
        {category && <PositionField label={text.position} min={0} value={category.position} refusal={submit.refusal} />}
        <Overwrites server_id={server_id} value={overwrites} onChange={setOverwrites} />
      </Form>
      {category && (
        <Deletion
          label={text.delete_category}
          hint={text.delete_category_text}
          onDelete={() => ask("delete_category", { category_id: category.id })}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
