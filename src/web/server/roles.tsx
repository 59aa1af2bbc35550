// The roles as a table: a rule a line, a role a column, and a mark where the role gives the rule.

import { useState } from "preact/hooks";
import { type Rule, rule_names } from "../../client/index.ts";
import type { Role } from "../../protocol/community/entities.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { may, ownRank } from "../state/rights.ts";
import { words } from "../words.ts";
import { Deletion, NameField, PositionField } from "./dialog-parts.tsx";
import { allRoles } from "./places.ts";

const text = words.server.roles;

export function Roles({ server_id }: { server_id: number }) {
  const [editing, setEditing] = useState<Role | "new" | null>(null);
  const roles = allRoles(server_id);
  const is_admin = may("admin", server_id);
  const may_edit = ({ position }: Role) => is_admin && position < ownRank(server_id);
  const toggle = (role: Role, rule: Rule) => {
    const rules = role.rules.includes(rule) ? role.rules.filter((one) => one !== rule) : [...role.rules, rule];
    void attempt(client.value?.ask("update_role", { role_id: role.id, changes: { rules } }) ?? Promise.resolve());
  };
  return (
    <>
      {is_admin ? (
        <button type="button" class="button go" onClick={() => setEditing("new")}>
          {text.add}
        </button>
      ) : (
        <p class="hint">{text.only_admin}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the page is scrolled by keyboard, too. */}
      <section class="table-box" tabIndex={0} aria-label={text.table}>
        <table class="rules">
          <thead>
            <tr>
              <th scope="col">{text.rule}</th>
              {roles.map((role) => (
                <th key={role.id} scope="col">
                  <RoleHead role={role} may_edit={may_edit(role)} onEdit={() => setEditing(role)} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rule_names.map((rule) => (
              <tr key={rule}>
                <th scope="row">
                  {words.server.rules[rule][0]}
                  <span class="hint">{words.server.rules[rule][1]}</span>
                </th>
                {roles.map((role) => (
                  <td key={role.id}>
                    <input
                      type="checkbox"
                      aria-label={text.cell(words.server.rules[rule][0], role.name)}
                      checked={role.rules.includes(rule)}
                      disabled={!may_edit(role)}
                      onChange={() => toggle(role, rule)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {editing && (
        <RoleDialog server_id={server_id} role={editing === "new" ? null : editing} onClose={() => setEditing(null)} />
      )}
    </>
  );
}

function RoleHead({ role: { name, color }, may_edit, onEdit }: { role: Role; may_edit: boolean; onEdit(): void }) {
  const sign = (
    <>
      <span class="dot" style={{ background: color ?? "var(--edge)" }} />
      <bdi>{name}</bdi>
    </>
  );
  if (!may_edit) return <span class="role-head">{sign}</span>;
  return (
    <button type="button" class="role-head" aria-label={text.edit(name)} title={text.edit(name)} onClick={onEdit}>
      {sign}
    </button>
  );
}

function RoleDialog({ server_id, role, onClose }: { server_id: number; role: Role | null; onClose(): void }) {
  const is_default = role?.position === 0;
  const submit = useSubmit(async ({ name = "", color = "", position }) => {
    const place = position && !is_default ? { position: Number(position) } : {};
    if (role) await client.value?.ask("update_role", { role_id: role.id, changes: { name, color, ...place } });
    else await client.value?.ask("add_role", { server_id, name, color });
    onClose();
  });
  return (
    <Dialog title={role ? text.edit(role.name) : text.add} onClose={onClose}>
      <Form action={words.save} fields={["name", "color", "position"]} {...submit}>
        <NameField label={text.role_name} value={role?.name ?? ""} refusal={submit.refusal} />
        <Field
          name="color"
          label={text.color}
          type="color"
          defaultValue={role?.color ?? "#2c6e3f"}
          refusal={submit.refusal}
        />
        {role && !is_default && (
          <PositionField label={text.position} min={1} value={role.position} refusal={submit.refusal} />
        )}
      </Form>
      {role && !is_default && (
        <Deletion
          label={text.delete}
          hint={text.delete_text}
          onDelete={() => client.value?.ask("delete_role", { role_id: role.id }) ?? Promise.resolve()}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
