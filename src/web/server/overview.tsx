// A server's name, picture and description; whose it is, and its end.

import { useState } from "preact/hooks";
import { Confirm } from "../parts/dialog.tsx";
import { Field, Form, TextArea, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { client, selfId, serverOf } from "../state/cache.ts";
import { attempt, say } from "../state/notices.ts";
import { nameOf } from "../state/people.ts";
import { go } from "../state/places.ts";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";
import { allMembers } from "./places.ts";

const text = words.server.overview;

export function Overview({ server_id }: { server_id: number }) {
  const server = serverOf(server_id);
  const update = async (changes: { name?: string; description?: string | null; image?: string | null }) => {
    await client.value?.ask("update_server", { server_id, changes });
    say(words.saved);
  };
  const submit = useSubmit(({ name = "", description = "" }) =>
    update({ name, description: description.trim() || null }),
  );
  if (!server?.details) return null;
  const { name, image, description, owner_id, joins } = server.details;
  return (
    <>
      {may("manage_server", server_id) ? (
        <>
          <PictureField
            id={server_id}
            name={name}
            picture={image}
            is_server
            onChange={(url) => update({ image: url })}
          />
          <Form action={words.save} fields={["name"]} {...submit}>
            <Field name="name" label={text.name} defaultValue={name} autoComplete="off" refusal={submit.refusal} />
            <TextArea name="description" label={text.description} defaultValue={description ?? ""} maxLength={1000} />
          </Form>
        </>
      ) : (
        <p>{description ?? name}</p>
      )}
      {may("manage_server", server_id) && <JoinsPart server_id={server_id} joins={joins} />}
      {owner_id === selfId() && <OwnersPart server_id={server_id} name={name} />}
    </>
  );
}

function JoinsPart({ server_id, joins }: { server_id: number; joins: "open" | "paused" }) {
  const is_paused = joins === "paused";
  const turn = () =>
    attempt(client.value?.ask("update_server", { server_id, changes: { joins: is_paused ? "open" : "paused" } }));
  return (
    <section class="part">
      <h2>{text.joins}</h2>
      <div class="row spread">
        <p role="status">{is_paused ? text.joins_paused : text.joins_open}</p>
        <button type="button" class="button" onClick={() => void turn()}>
          {is_paused ? text.resume_joins : text.pause_joins}
        </button>
      </div>
    </section>
  );
}

function OwnersPart({ server_id, name }: { server_id: number; name: string }) {
  const [is_deleting, setDeleting] = useState(false);
  const [heir, setHeir] = useState(0);
  const [is_giving, setGiving] = useState(false);
  const mine = client.value;
  if (!mine) return null;
  const others = allMembers(server_id).filter(({ user_id }) => user_id !== selfId());
  const give = () =>
    attempt(mine.ask("transfer_server", { server_id, user_id: heir })).then((done) => done && say(words.saved));
  const end = () => attempt(mine.ask("delete_server", { server_id })).then((done) => done && go("/"));
  return (
    <section class="part danger">
      {others.length > 0 && (
        <div class="row end-aligned">
          <SelectField<number>
            label={text.transfer}
            value={heir}
            options={[
              [0, text.choose],
              ...others.map((one): [number, string] => [one.user_id, one.nickname ?? one.name]),
            ]}
            onChoose={setHeir}
          />
          <button type="button" class="button" disabled={heir === 0} onClick={() => setGiving(true)}>
            {text.transfer_action}
          </button>
        </div>
      )}
      <div>
        <button type="button" class="button danger" onClick={() => setDeleting(true)}>
          {text.delete}
        </button>
      </div>
      {is_giving && (
        <Confirm
          title={text.transfer_title(name, nameOf(heir, server_id))}
          text={text.transfer_text}
          action={text.transfer_action}
          onConfirm={() => void give()}
          onClose={() => setGiving(false)}
        />
      )}
      {is_deleting && (
        <Confirm
          title={text.delete_title(name)}
          text={text.delete_text}
          action={text.delete}
          onConfirm={() => void end()}
          onClose={() => setDeleting(false)}
        />
      )}
    </section>
  );
}
