-- expand: Audit events are found by actor, owner, object, token, address, request and act. Events of before are copied by a job.
ALTER TABLE "audit_event" ADD COLUMN "actor" TEXT,
ADD COLUMN "owner" TEXT,
ADD COLUMN "object" TEXT,
ADD COLUMN "token" TEXT,
ADD COLUMN "address" INET,
ADD COLUMN "request_id" TEXT,
ADD COLUMN "act" TEXT,
ADD COLUMN "refused" BOOLEAN;

-- Of chained events alone: an act that writes its event waits for none of these indexes. Prisma has no words for the conditions.
CREATE INDEX "audit_event_actor_at_id_idx" ON "audit_event"("actor", "at", "id") WHERE "actor" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_owner_at_id_idx" ON "audit_event"("owner", "at", "id") WHERE "owner" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_object_at_id_idx" ON "audit_event"("object", "at", "id") WHERE "object" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_token_at_id_idx" ON "audit_event"("token", "at", "id") WHERE "token" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_address_at_id_idx" ON "audit_event"("address", "at", "id") WHERE "address" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_request_id_at_id_idx" ON "audit_event"("request_id", "at", "id") WHERE "request_id" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_act_at_id_idx" ON "audit_event"("act", "at", "id") WHERE "act" IS NOT NULL AND "position" IS NOT NULL;

CREATE INDEX "audit_event_action_at_id_idx" ON "audit_event"("action", "at", "id") WHERE "position" IS NOT NULL;

-- Those that a former version chained.
CREATE INDEX "audit_event_uncopied_idx" ON "audit_event"("id") WHERE "refused" IS NULL AND "position" IS NOT NULL;
