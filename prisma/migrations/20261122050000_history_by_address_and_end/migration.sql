-- CreateIndex
CREATE INDEX "token_change_address_idx" ON "token_change"("address");

-- CreateIndex
CREATE INDEX "token_change_action_expires_id_idx" ON "token_change"("action", "expires", "id");
