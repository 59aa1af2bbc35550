CREATE TABLE `push_notices` (
	`login_id` integer NOT NULL,
	`channel_id` integer NOT NULL,
	`place_id` integer NOT NULL,
	`from_id` integer NOT NULL,
	`message_id` integer NOT NULL,
	`told_id` integer DEFAULT 0 NOT NULL,
	`told_at` integer,
	`due_at` integer,
	PRIMARY KEY(`login_id`, `channel_id`)
);
--> statement-breakpoint
CREATE INDEX `push_notices_due_at` ON `push_notices` (`due_at`) WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX `push_notices_told_at` ON `push_notices` (`told_at`) WHERE due_at is null;--> statement-breakpoint
CREATE TABLE `push_subscriptions` (
	`login_id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`endpoint` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`previews` integer NOT NULL,
	`created_at` integer NOT NULL,
	`held_until` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`failing_since` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `push_subscriptions_endpoint` ON `push_subscriptions` (`endpoint`);--> statement-breakpoint
CREATE INDEX `push_subscriptions_user_id` ON `push_subscriptions` (`user_id`);--> statement-breakpoint
CREATE INDEX `notification_settings_of_all` ON `notification_settings` (`target_id`,`user_id`) WHERE level = 'all';
--> statement-breakpoint
CREATE TRIGGER login_push_deleted AFTER DELETE ON logins BEGIN
  DELETE FROM push_subscriptions WHERE login_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER push_subscription_deleted AFTER DELETE ON push_subscriptions BEGIN
  DELETE FROM push_notices WHERE login_id = old.login_id;
END;
