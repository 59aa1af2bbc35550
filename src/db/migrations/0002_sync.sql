CREATE TABLE `member_roles_history` (
	`server_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`until_seq` integer NOT NULL,
	`role_ids` text NOT NULL,
	PRIMARY KEY(`server_id`, `user_id`, `until_seq`)
);
--> statement-breakpoint
CREATE INDEX `member_roles_history_until_seq` ON `member_roles_history` (`until_seq`);--> statement-breakpoint
CREATE TABLE `membership_history` (
	`server_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`until_seq` integer NOT NULL,
	`joined_seq` integer NOT NULL,
	PRIMARY KEY(`server_id`, `user_id`, `until_seq`)
);
--> statement-breakpoint
CREATE INDEX `membership_history_until_seq` ON `membership_history` (`until_seq`);--> statement-breakpoint
CREATE TABLE `sight_seqs` (
	`server_id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `structure_history` (
	`server_id` integer NOT NULL,
	`until_seq` integer NOT NULL,
	`kind` text NOT NULL,
	`id` integer NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`server_id`, `until_seq`, `kind`, `id`)
);
--> statement-breakpoint
CREATE INDEX `structure_history_until_seq` ON `structure_history` (`until_seq`);--> statement-breakpoint
ALTER TABLE `friendships` ADD `added_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `friendships_tombstones` ON `friendships` (`seq`) WHERE state = 'none';--> statement-breakpoint
ALTER TABLE `members` ADD `joined_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `members_tombstones` ON `members` (`seq`) WHERE left_at is not null;--> statement-breakpoint
CREATE INDEX `categories_tombstones` ON `categories` (`seq`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `channels_tombstones` ON `channels` (`seq`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `messages_tombstones` ON `messages` (`seq`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `roles_tombstones` ON `roles` (`seq`) WHERE deleted_at is not null;--> statement-breakpoint
-- Of what was there before, nobody knows since when.
UPDATE `members` SET `joined_seq` = `seq`;--> statement-breakpoint
UPDATE `friendships` SET `added_seq` = `seq`;--> statement-breakpoint
-- Of what could be viewed until now, nothing is known: older copies are loaded again.
INSERT INTO settings (key, value)
SELECT 'compacted_to', seq FROM (SELECT max(seq) AS seq FROM (
  SELECT max(seq) AS seq FROM servers UNION ALL SELECT max(seq) FROM roles UNION ALL SELECT max(seq) FROM categories
  UNION ALL SELECT max(seq) FROM channels UNION ALL SELECT max(seq) FROM members UNION ALL SELECT max(self_seq) FROM members
  UNION ALL SELECT max(seq) FROM messages UNION ALL SELECT max(seq) FROM friendships
  UNION ALL SELECT max(seq) FROM read_states
)) WHERE seq > 0;
--> statement-breakpoint
-- Who could view what, as it was before each change: kept in step with the rows, in the transaction of the change.
CREATE TRIGGER server_owner_changed AFTER UPDATE OF owner_id ON servers WHEN new.owner_id <> old.owner_id BEGIN
  INSERT OR IGNORE INTO structure_history (server_id, until_seq, kind, id, value)
  SELECT old.id, seq, 'server', old.id, old.owner_id FROM sight_seqs WHERE server_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER role_rules_changed AFTER UPDATE OF rules ON roles WHEN new.rules <> old.rules BEGIN
  INSERT OR IGNORE INTO structure_history (server_id, until_seq, kind, id, value)
  SELECT old.server_id, seq, 'role', old.id, old.rules FROM sight_seqs WHERE server_id = old.server_id;
END;
--> statement-breakpoint
CREATE TRIGGER category_overwrites_changed AFTER UPDATE OF overwrites ON categories
WHEN new.overwrites <> old.overwrites BEGIN
  INSERT OR IGNORE INTO structure_history (server_id, until_seq, kind, id, value)
  SELECT old.server_id, seq, 'category', old.id, old.overwrites FROM sight_seqs WHERE server_id = old.server_id;
END;
--> statement-breakpoint
CREATE TRIGGER channel_overwrites_changed AFTER UPDATE OF category_id, overwrites ON channels
WHEN new.overwrites <> old.overwrites OR new.category_id IS NOT old.category_id BEGIN
  INSERT OR IGNORE INTO structure_history (server_id, until_seq, kind, id, value)
  SELECT old.server_id, seq, 'channel', old.id,
    json_object('category_id', old.category_id, 'overwrites', json(old.overwrites))
  FROM sight_seqs WHERE server_id = old.server_id;
END;
--> statement-breakpoint
-- The rows of a member's roles change after the member's own.
CREATE TRIGGER member_roles_changing AFTER UPDATE OF seq ON members
WHEN new.seq <> old.seq AND new.left_at IS NULL AND old.left_at IS NULL BEGIN
  INSERT OR IGNORE INTO member_roles_history (server_id, user_id, until_seq, role_ids)
  SELECT old.server_id, old.user_id, seq, (
    SELECT json_group_array(role_id) FROM member_roles WHERE server_id = old.server_id AND user_id = old.user_id
  )
  FROM sight_seqs WHERE server_id = old.server_id;
END;
--> statement-breakpoint
-- Its holders lose a deleted role without a change of their own rows.
CREATE TRIGGER role_holders_losing AFTER UPDATE OF deleted_at ON roles
WHEN new.deleted_at IS NOT NULL AND old.deleted_at IS NULL
  AND (SELECT deleted_at FROM servers WHERE id = old.server_id) IS NULL BEGIN
  INSERT OR IGNORE INTO member_roles_history (server_id, user_id, until_seq, role_ids)
  SELECT old.server_id, holder.user_id, sight.seq, (
    SELECT json_group_array(role_id) FROM member_roles
    WHERE server_id = old.server_id AND user_id = holder.user_id
  )
  FROM member_roles AS holder, sight_seqs AS sight
  WHERE holder.role_id = old.id AND sight.server_id = old.server_id;
END;
--> statement-breakpoint
CREATE TRIGGER member_leaving AFTER UPDATE OF left_at ON members
WHEN new.left_at IS NOT NULL AND old.left_at IS NULL
  AND (SELECT deleted_at FROM servers WHERE id = old.server_id) IS NULL BEGIN
  INSERT OR IGNORE INTO membership_history (server_id, user_id, until_seq, joined_seq)
  VALUES (old.server_id, old.user_id, new.seq, old.joined_seq);
END;
