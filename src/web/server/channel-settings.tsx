// The channels by category, and what can be changed of either.

import { useState } from "preact/hooks";
import { IconButton } from "../parts/icon.tsx";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";
import { CategoryDialog, ChannelDialog } from "./place-dialogs.tsx";
import { allCategories, allChannels } from "./places.ts";

const text = words.server.channels;

type Editing = { kind: "channel" | "category"; id: number | null } | null;

export function ChannelSettings({ server_id }: { server_id: number }) {
  const [editing, setEditing] = useState<Editing>(null);
  const channels = allChannels(server_id);
  const may_edit = may("manage_channels", server_id);
  const groups = [{ id: null, name: text.no_category }, ...allCategories(server_id)];
  const close = () => setEditing(null);
  return (
    <>
      {may_edit && (
        <div class="row">
          <button type="button" class="button go" onClick={() => setEditing({ kind: "channel", id: null })}>
            {text.add_channel}
          </button>
          <button type="button" class="button" onClick={() => setEditing({ kind: "category", id: null })}>
            {text.add_category}
          </button>
        </div>
      )}
      {groups.map(({ id, name }) => {
        const inside = channels.filter(({ category_id }) => category_id === id);
        if (id === null && inside.length === 0) return null;
        return (
          <section key={id}>
            <div class="row spread">
              <h2>{name}</h2>
              {may_edit && id !== null && (
                <IconButton
                  icon="pencil"
                  label={text.edit(name)}
                  onClick={() => setEditing({ kind: "category", id })}
                />
              )}
            </div>
            <ul class="cards lined">
              {inside.map((channel) => (
                <li key={channel.id} class="card">
                  <span class="who">
                    <strong>#{channel.name}</strong>
                    {channel.details?.description && <span>{channel.details.description}</span>}
                  </span>
                  {may_edit && (
                    <IconButton
                      icon="pencil"
                      label={text.edit(channel.name)}
                      onClick={() => setEditing({ kind: "channel", id: channel.id })}
                    />
                  )}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      {editing?.kind === "channel" && <ChannelDialog server_id={server_id} channel_id={editing.id} onClose={close} />}
      {editing?.kind === "category" && (
        <CategoryDialog server_id={server_id} category_id={editing.id} onClose={close} />
      )}
    </>
  );
}
