"""What an update may leave behind: an access that ends no later, and one review, by an admin in their own name."""

from alembic import op

revision = "0005"
down_revision = "0004"

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"
_IS_ADMIN = f"{_ROLES} && ARRAY['practice_admin']"


def upgrade() -> None:
    own = f"({_IS_CLINICIAN} AND practitioner_id = {_ACTOR})"
    theirs = f"{_IS_WORKER} OR {_IS_ADMIN} OR {own}"
    op.execute("DROP POLICY people_update ON break_glass")
    op.execute(
        "CREATE POLICY people_update ON break_glass AS RESTRICTIVE FOR UPDATE"
        f" USING ({theirs}) WITH CHECK ({theirs})"
    )
    # A policy sees the row before or the row after; that it only goes one way takes both.
    op.execute(f"""
        CREATE FUNCTION break_glass_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.expires_at > OLD.expires_at THEN
            RAISE insufficient_privilege USING MESSAGE = 'an access is not made longer';
          END IF;
          IF (NEW.outcome, NEW.reviewed_by, NEW.reviewed_at)
              IS DISTINCT FROM (OLD.outcome, OLD.reviewed_by, OLD.reviewed_at)
            AND (OLD.outcome IS NOT NULL OR NEW.reviewed_by IS DISTINCT FROM {_ACTOR} OR NOT {_IS_ADMIN})
          THEN
            RAISE insufficient_privilege USING MESSAGE = 'an access is reviewed once, by an admin, in their own name';
          END IF;
          RETURN NEW;
        END $$
        """)
    op.execute(
        "CREATE TRIGGER only_ends BEFORE UPDATE ON break_glass"
        " FOR EACH ROW EXECUTE FUNCTION break_glass_only_ends()"
    )
