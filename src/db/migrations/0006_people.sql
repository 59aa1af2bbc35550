-- A picture that is an upload is referred to by the statement that stores it, which knows whose it is: another address
-- may end like one. The triggers let go of it.
DROP TRIGGER server_image_added;
--> statement-breakpoint
DROP TRIGGER server_image_changed;
--> statement-breakpoint
CREATE TRIGGER server_image_changed AFTER UPDATE OF image, deleted_at ON servers
WHEN new.image IS NOT old.image OR new.deleted_at IS NOT old.deleted_at BEGIN
  DELETE FROM upload_references
  WHERE upload_id = CAST(substr(old.image, length(rtrim(old.image, '0123456789')) + 1) AS INTEGER)
    AND kind = 'server' AND owner_id = old.id;
END;
--> statement-breakpoint
DROP TRIGGER profile_pic_changed;
--> statement-breakpoint
CREATE TRIGGER profile_pic_changed AFTER UPDATE OF profile_pic ON users
WHEN new.profile_pic IS NOT old.profile_pic BEGIN
  DELETE FROM upload_references
  WHERE upload_id = CAST(substr(old.profile_pic, length(rtrim(old.profile_pic, '0123456789')) + 1) AS INTEGER)
    AND kind = 'user' AND owner_id = old.id;
END;
--> statement-breakpoint
DELETE FROM upload_references
WHERE kind = 'user' AND NOT EXISTS (SELECT 1 FROM uploads WHERE id = upload_id AND user_id = owner_id);
