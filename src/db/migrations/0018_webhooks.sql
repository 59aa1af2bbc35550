CREATE TABLE `webhooks` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` integer NOT NULL,
	`channel_id` integer NOT NULL,
	`creator_id` integer NOT NULL,
	`name` text NOT NULL,
	`profile_pic` text,
	`upload_id` integer,
	`token_hash` text NOT NULL,
	`mentions` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `webhooks_server_id` ON `webhooks` (`server_id`,`creator_id`);--> statement-breakpoint
CREATE INDEX `webhooks_channel_id` ON `webhooks` (`channel_id`);--> statement-breakpoint
ALTER TABLE `messages` ADD `author` text;--> statement-breakpoint
CREATE TRIGGER webhook_channel_deleted AFTER UPDATE OF deleted_at ON channels WHEN new.deleted_at IS NOT NULL BEGIN
  DELETE FROM webhooks WHERE channel_id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER webhook_server_deleted AFTER UPDATE OF deleted_at ON servers WHEN new.deleted_at IS NOT NULL BEGIN
  DELETE FROM webhooks WHERE server_id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER webhook_picture_added AFTER INSERT ON webhooks WHEN new.upload_id IS NOT NULL BEGIN
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id) VALUES (new.upload_id, 'webhook', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER webhook_picture_changed AFTER UPDATE OF upload_id ON webhooks
WHEN new.upload_id IS NOT old.upload_id BEGIN
  DELETE FROM upload_references WHERE upload_id = old.upload_id AND kind = 'webhook' AND owner_id = old.id;
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id)
  SELECT new.upload_id, 'webhook', new.id WHERE new.upload_id IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER webhook_picture_deleted AFTER DELETE ON webhooks WHEN old.upload_id IS NOT NULL BEGIN
  DELETE FROM upload_references WHERE upload_id = old.upload_id AND kind = 'webhook' AND owner_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER webhook_id_deleted AFTER DELETE ON webhooks BEGIN
  INSERT INTO settings (key, value) VALUES ('greatest_deleted_id', old.id)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS INTEGER) < old.id;
END;
--> statement-breakpoint
CREATE TRIGGER author_picture_to_tombstone AFTER UPDATE OF deleted_at ON messages
WHEN new.deleted_at IS NOT NULL AND old.author IS NOT NULL BEGIN
  DELETE FROM upload_references WHERE upload_id = old.author ->> 'upload_id' AND kind = 'author' AND owner_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER author_picture_deleted AFTER DELETE ON messages WHEN old.author IS NOT NULL BEGIN
  DELETE FROM upload_references WHERE upload_id = old.author ->> 'upload_id' AND kind = 'author' AND owner_id = old.id;
END;
