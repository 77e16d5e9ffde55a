//! V11–V16: cryptography, connections, configuration, data, code and logs.

use super::rows::{Row, aside, met, not_met, untested};

const TLS_ELSEWHERE: &str =
    "the program speaks plain HTTP; TLS is left to the load balancer of whoever runs it";
const NO_CLASSES: &str =
    "personal columns are sealed and nothing personal is logged, but no document puts data into classes";
const NO_TIMES: &str = "no document says how soon a vulnerable library is replaced";
const NO_FOLDER: &str = "the program serves no folder";

pub(super) const ROWS: &[Row] = &[
    met(
        "11.1.1",
        2,
        "how keys come and go is documented",
        &[
            "rotation#every_step_of_a_rotation_serves_beside_the_one_before",
            "rotation#no_request_fails_while_keys_rotate_under_load",
            "snapshots#the_configuration",
        ],
    ),
    not_met(
        "11.1.2",
        2,
        "all cryptography is listed",
        "keys and their use are documented; there is no list of every algorithm and where it is used",
    ),
    met(
        "11.2.1",
        2,
        "cryptography comes from known libraries",
        &["evidence#only_known_cryptography_is_depended_on"],
    ),
    not_met(
        "11.2.2",
        2,
        "algorithms can be changed",
        "keys, peppers and the cost of hashes can; algorithms only by a new version",
    ),
    met(
        "11.2.3",
        2,
        "128 bits and more",
        &[
            "access_token#unfit_keys_are_refused",
            "vault#unfit_keys_are_refused",
            "program#production_does_not_start_half_configured",
        ],
    ),
    met("11.3.1", 1, "no weak modes or paddings", &["evidence#only_known_cryptography_is_depended_on"]),
    met(
        "11.3.2",
        1,
        "approved ciphers only",
        &[
            "evidence#only_known_cryptography_is_depended_on",
            "vault#what_is_sealed_opens_only_in_its_own_place",
        ],
    ),
    met(
        "11.3.3",
        2,
        "what is encrypted cannot be changed unseen",
        &[
            "vault#what_is_sealed_opens_only_in_its_own_place",
            "seal#nobody_else_does",
            "keys#a_value_copied_to_another_person_does_not_open",
        ],
    ),
    not_met(
        "11.4.1",
        1,
        "approved hashes only",
        "HMAC-SHA-1 is there for Twilio's signatures, which has no other; everything of ours is SHA-256",
    ),
    met(
        "11.4.2",
        2,
        "passwords are hashed slowly",
        &["stolen_codes#a_pin_is_kept_under_a_hash_that_is_slow_enough"],
    ),
    met(
        "11.4.3",
        2,
        "hashes that vouch are long enough",
        &["sabotage#a_changed_entry_is_found", "sabotage#the_program_and_the_database_hash_alike"],
    ),
    aside("11.4.4", 2, "keys from passwords are stretched", "no key is made of a password"),
    met(
        "11.5.1",
        2,
        "what must not be guessed has 128 random bits",
        &[
            "evidence#secrets_are_drawn_from_the_systems_randomness",
            "refresh_token#a_successor_shares_session_end_and_family_but_not_itself",
            "vault#the_same_value_never_looks_the_same_twice",
        ],
    ),
    met(
        "11.6.1",
        2,
        "approved algorithms for keys and signatures",
        &[
            "evidence#only_known_cryptography_is_depended_on",
            "wycheproof#hs256_signatures_are_told_from_forgeries",
        ],
    ),
    not_met("12.1.1", 1, "the newest versions of TLS", TLS_ELSEWHERE),
    not_met("12.1.2", 2, "strong cipher suites", TLS_ELSEWHERE),
    aside("12.1.3", 2, "certificates of clients are checked", "no client shows one"),
    not_met("12.2.1", 1, "TLS towards every client", TLS_ELSEWHERE),
    not_met("12.2.2", 1, "certificates that everybody trusts", TLS_ELSEWHERE),
    not_met(
        "12.3.1",
        2,
        "TLS on every connection",
        "towards partners it is enforced; towards the database, the collector and the reader of metrics it is not",
    ),
    untested("12.3.2", 2, "certificates of servers are checked", "rustls does; no test shows it a bad one"),
    not_met("12.3.3", 2, "TLS between services of our own", "metrics and traces may go in the clear"),
    not_met("12.3.4", 2, "trusted certificates between services of our own", "there is no TLS between them"),
    met(
        "13.1.1",
        2,
        "whom the program speaks with is documented",
        &["snapshots#the_configuration", "program#production_does_not_start_half_configured"],
    ),
    not_met(
        "13.2.1",
        2,
        "services know each other by short-lived credentials",
        "partners and the database take long-lived keys and passwords, as they are configured",
    ),
    met(
        "13.2.2",
        2,
        "accounts may do what they must and no more",
        &[
            "wallet_sabotage#the_application_cannot_rewrite_the_books",
            "sabotage#the_application_can_append_and_nothing_else",
            "identity_sign_in#the_application_can_neither_delete_people_nor_give_them_roles_we_do_not_know",
        ],
    ),
    met("13.2.3", 2, "no default credentials", &["program#production_takes_nothing_of_the_sandbox"]),
    met(
        "13.2.4",
        2,
        "only listed places are called",
        &[
            "exchange#a_redirect_is_an_answer_like_any_other",
            "exchange#where_the_base_has_tls_nothing_goes_out_without",
            "program#production_does_not_start_half_configured",
        ],
    ),
    met(
        "13.2.5",
        2,
        "the server itself calls listed places only",
        &[
            "exchange#a_redirect_is_an_answer_like_any_other",
            "juspay_recorded#redirects_are_not_followed_and_long_answers_not_read",
        ],
    ),
    not_met(
        "13.3.1",
        2,
        "secrets live in a vault",
        "they come from the environment or from files; a vault may write those, and none is needed",
    ),
    untested(
        "13.3.2",
        2,
        "few can reach secrets",
        "for whoever runs the program; it needs each of those it asks for",
    ),
    met(
        "13.4.1",
        1,
        "no history of sources is served",
        &["bad_input#methods_and_paths_that_nobody_listed_are_not_there"],
    ),
    met(
        "13.4.2",
        2,
        "nothing for debugging in production",
        &[
            "program#production_takes_nothing_of_the_sandbox",
            "program#a_machine_in_production_gets_no_sandbox",
            "trigger_otp#outside_the_sandbox_there_is_no_field_for_the_code",
        ],
    ),
    aside("13.4.3", 2, "no lists of folders", NO_FOLDER),
    met("13.4.4", 2, "no TRACE", &["bad_input#methods_and_paths_that_nobody_listed_are_not_there"]),
    met(
        "13.4.5",
        2,
        "documents and metrics only where they are meant to be",
        &[
            "bad_input#methods_and_paths_that_nobody_listed_are_not_there",
            "authorisation#every_documented_route_has_a_row_and_every_row_a_route",
        ],
    ),
    not_met("14.1.1", 2, "sensitive data is known and in classes", NO_CLASSES),
    not_met("14.1.2", 2, "each class has its rules", NO_CLASSES),
    met(
        "14.2.1",
        1,
        "nothing sensitive in addresses",
        &[
            "access_tokens#a_token_counts_in_its_one_header_and_nowhere_else",
            "privacy#nothing_a_person_tells_shows_anywhere",
        ],
    ),
    met(
        "14.2.2",
        2,
        "nothing sensitive in caches",
        &["edge#every_answer_keeps_browsers_from_guessing", "privacy#nothing_a_person_tells_shows_anywhere"],
    ),
    met(
        "14.2.3",
        2,
        "nothing to trackers",
        &["browser#the_contract_is_read_without_a_network", "edge#every_answer_keeps_browsers_from_guessing"],
    ),
    not_met("14.2.4", 2, "rules of classes are kept", NO_CLASSES),
    aside(
        "14.3.1",
        1,
        "the client forgets at the end",
        "the app keeps what it keeps; nothing of ours stays in a browser",
    ),
    met("14.3.2", 2, "answers are not cached", &["edge#every_answer_keeps_browsers_from_guessing"]),
    aside("14.3.3", 2, "browsers keep nothing sensitive", "no page of ours keeps anything"),
    not_met("15.1.1", 1, "times to replace vulnerable libraries are documented", NO_TIMES),
    met("15.1.2", 2, "libraries are listed", &["evidence#every_library_has_a_line"]),
    untested(
        "15.1.3",
        2,
        "what is dear is documented, and how it is bounded",
        "in the operations guide and decision 003; nothing holds them to it",
    ),
    not_met("15.2.1", 1, "libraries are replaced within their times", NO_TIMES),
    met(
        "15.2.2",
        2,
        "what is dear is bounded",
        &[
            "chores#chores_take_two_places_at_most",
            "instances#who_finds_every_place_taken_is_turned_away_and_those_inside_are_served",
            "retention#a_backlog_is_forgotten_in_parts",
        ],
    ),
    met(
        "15.2.3",
        2,
        "nothing but the product in production",
        &[
            "program#production_takes_nothing_of_the_sandbox",
            "trigger_otp#outside_the_sandbox_there_is_no_field_for_the_code",
        ],
    ),
    met(
        "15.3.1",
        1,
        "only the fields that are needed are answered",
        &["document#every_body_is_known_to_its_last_member", "snapshots#the_openapi_document"],
    ),
    met(
        "15.3.2",
        2,
        "no redirect is followed",
        &[
            "juspay_recorded#redirects_are_not_followed_and_long_answers_not_read",
            "exchange#a_redirect_is_an_answer_like_any_other",
        ],
    ),
    met(
        "15.3.3",
        2,
        "no field is set that is not meant to be",
        &["bad_input#what_is_no_proper_json_is_refused", "change_profile#other_fields_are_refused_and_named"],
    ),
    met(
        "15.3.4",
        2,
        "addresses of callers cannot be made up",
        &[
            "client#only_the_hops_we_trust_are_believed",
            "client#what_strangers_write_left_of_it_changes_nothing",
        ],
    ),
    met(
        "15.3.5",
        2,
        "types are what they must be",
        &[
            "bad_input#every_field_of_every_body_is_checked_and_named",
            "attacks#nothing_but_a_good_token_is_believed",
        ],
    ),
    aside("15.3.6", 2, "no prototype pollution", "there is no JavaScript of ours"),
    met(
        "15.3.7",
        2,
        "parameters that come twice do no harm",
        &["bad_input#what_is_said_twice_is_refused", "bad_input#headers_are_checked_too"],
    ),
    not_met(
        "16.1.1",
        2,
        "what is logged where is listed",
        "the operations guide tells what and in which form; not how long and who may read it",
    ),
    met(
        "16.2.1",
        2,
        "a line tells when, where, who and what",
        &[
            "instances#a_failure_names_its_request_however_little_is_logged",
            "privacy#nothing_a_person_tells_shows_anywhere",
        ],
    ),
    met("16.2.2", 2, "instants are in UTC", &["privacy#nothing_a_person_tells_shows_anywhere"]),
    met(
        "16.2.3",
        2,
        "logs go where they are meant to",
        &["instances#traces_go_to_the_collector_one_names_and_hold_nothing_personal"],
    ),
    met(
        "16.2.4",
        2,
        "logs have one form that programs read",
        &["privacy#nothing_a_person_tells_shows_anywhere"],
    ),
    met(
        "16.2.5",
        2,
        "nothing sensitive is logged",
        &["privacy#nothing_a_person_tells_shows_anywhere", "privacy#a_secret_is_found_in_every_spelling"],
    ),
    met(
        "16.3.1",
        2,
        "signing in, and failing to, is logged",
        &["identity_sign_in#sign_ins_hold", "journey#all_of_it_is_in_the_audit_log"],
    ),
    met(
        "16.3.2",
        2,
        "what somebody may not do is logged",
        &["privacy#nothing_a_person_tells_shows_anywhere"],
    ),
    met(
        "16.3.3",
        2,
        "attempts to get round controls are logged",
        &["privacy#nothing_a_person_tells_shows_anywhere", "identity_sign_in#sessions_hold"],
    ),
    met(
        "16.3.4",
        2,
        "failures are logged",
        &["instances#a_failure_names_its_request_however_little_is_logged"],
    ),
    met(
        "16.4.1",
        2,
        "nobody writes lines into the log",
        &[
            "privacy#nothing_a_person_tells_shows_anywhere",
            "request_id#what_an_app_says_of_itself_is_logged_only_if_it_is_plain",
            "bad_input#headers_are_checked_too",
        ],
    ),
    met(
        "16.4.2",
        2,
        "the audit log cannot be changed",
        &[
            "sabotage#the_application_can_append_and_nothing_else",
            "sabotage#the_owner_is_stopped_by_triggers",
            "sabotage#a_changed_entry_is_found",
        ],
    ),
    not_met(
        "16.4.3",
        2,
        "logs are kept on another system",
        "they go to standard output; whoever runs the program takes them away",
    ),
    met(
        "16.5.1",
        2,
        "errors tell nothing of the inside",
        &[
            "extract#a_rejection_names_the_field_and_never_the_value",
            "access_tokens#whatever_is_tried_with_a_token_is_answered_alike",
            "config_read#every_fault_is_told_at_once_and_no_value_is_shown",
        ],
    ),
    met(
        "16.5.2",
        2,
        "others' failures are survived",
        &[
            "partner_faults#a_partner_that_keeps_failing_is_left_alone_for_a_while",
            "partner_faults#orders_are_read_while_the_partner_is_dead",
            "partner_faults#one_dead_message_provider_is_replaced_by_the_other",
        ],
    ),
    met(
        "16.5.3",
        2,
        "failing closes, and does not open",
        &[
            "sign_ins#without_budgets_no_code_is_sent_and_none_is_looked_at",
            "instances#while_the_feed_is_lost_the_row_is_asked",
        ],
    ),
];
