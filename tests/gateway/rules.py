"""The gateway's rules said a second time, by hand, so that one that grows wider does not go unseen.

By who may: the names of the routes, of the API (`gateway`), of pages, and of what is passed on (`edge`). The rest is
the public's.
"""

CLINICIANS = ("practitioner", "prescriber", "facilitator")
ADMIN, PARTNER, OPERATOR = ("practice_admin",), ("partner",), ("operator",)
DESK = ("front_desk", *ADMIN)

MAY: dict[tuple[str, ...], dict[str, str]] = {
    OPERATOR: {
        "gateway": "create_practice show_mailbox show_practice",
        "pages": (
            "replay_letter replay_letters show_event show_events show_letter show_letters show_ops show_reference"
            " show_replay show_services show_timers sign_out_operator"
        ),
    },
    (OPERATOR + ADMIN): {
        "gateway": (
            "allow_passwords_of_partners choose_look forward_clock invite_staff join_staff leave_staff"
            " set_openid_provider show_look show_sign_in_settings"
        ),
    },
    (CLINICIANS + DESK): {
        "gateway": "confirm_recovery invite_partner list_staff",
        "pages": (
            "book_for_couple cancel_appointment confirm_recovery list_couples show_appointment"
            " show_confirm_recovery show_couple show_couple_booking"
        ),
    },
    (CLINICIANS + DESK + PARTNER): {
        "gateway": (
            "add_passkey begin_one_time_password begin_openid_link begin_openid_proof begin_passkey"
            " begin_proof confirm_one_time_password end_other_sign_ins end_own_sign_in link_openid"
            " list_own_sign_ins prove_by_openid prove_by_passkey prove_typed remove_one_time_password"
            " remove_passkey remove_password renew_recovery_codes set_password show_me show_means sign_out"
            " unlink_openid"
        ),
        "pages": (
            "add_passkey begin_codes begin_openid_link begin_openid_proof confirm_codes end_other_sign_ins"
            " end_own_sign_in prove_by_passkey prove_typed remove_codes remove_passkey remove_password"
            " renew_codes set_password show_means show_more show_own_sign_ins show_proof unlink_openid_page"
        ),
    },
    (CLINICIANS + DESK + PARTNER + OPERATOR): {
        "edge": "forward",
        "gateway": "show_clock",
    },
    DESK: {
        "gateway": "list_invitations",
        "pages": (
            "create_couple invite_partner set_care_team show_couples_to_book show_deliveries show_desk"
            " show_missing show_new_couple"
        ),
    },
    PARTNER: {
        "pages": (
            "act_on_session_day answer_check_in answer_question change_consent choose_notifications"
            " download_calendar_file go_to_own_copy make_own_copy mark_address open_notice put_off rewrite_entry"
            " share_entry share_intention show_after_check_in show_answers show_check_in show_check_ins show_consent"
            " show_entry show_entry_sharing show_entry_to_change show_intention_from_partner"
            " show_intention_sharing show_journal show_journal_from_partner show_new_entry show_notices"
            " show_notifications show_prepare show_privacy show_question show_session show_session_day"
            " show_sessions show_today unshare_entry unshare_intention write_entries"
        ),
    },
    CLINICIANS: {
        "pages": (
            "cancel_medicine_session change_confidentiality complete_appointment complete_preparation"
            " decide_readiness end_medicine_session open_in_emergency plan_medicine_session plan_way_home"
            " record_observation show_concern show_day show_emergency show_medicine_session show_plan show_readiness"
            " show_told start_medicine_session tell_first_of_concern tell_first_of_entry tell_first_of_intention"
            " withdraw_way_home"
        ),
    },
    (CLINICIANS + ADMIN): {
        "pages": "show_safety take_alert",
    },
    ADMIN: {
        "gateway": "list_keys make_key revoke_key",
        "pages": (
            "add_hours add_licence add_room add_staff choose_look invite_staff leave_staff make_key revoke_key"
            " set_sender show_keys show_practice show_team"
        ),
    },
}
