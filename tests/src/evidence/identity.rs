//! V6, V7, V9 and V10: who somebody is, and for how long they stay it.

use super::rows::{Row, aside, met, not_met, untested};

const DIGITS_ONLY: &str =
    "the one secret a person chooses is a PIN of four to six digits, a second factor beside the phone";
const NO_INPUT: &str = "the app shows the field, not this program";
const NO_PROVIDER: &str = "nobody else vouches for people here: there is no identity provider";
const NO_CODE_GRANT: &str = "there is no authorisation code and no client to give one to";
const NO_CLIENTS: &str = "there are no OAuth clients: one app, in the hands of the person";

pub(super) const ROWS: &[Row] = &[
    met(
        "6.1.1",
        1,
        "limits against guessing are documented, and lock no owner out",
        &[
            "snapshots#the_document_leaves_nothing_out",
            "known_device#a_stranger_who_knows_all_but_the_token_stops_nobody",
        ],
    ),
    aside("6.1.2", 2, "words that may not be in passwords are listed", "a PIN is digits"),
    met(
        "6.1.3",
        2,
        "all ways in are documented",
        &[
            "authorisation#what_the_document_says_of_sign_in_is_what_the_table_says",
            "authorisation#every_documented_route_has_a_row_and_every_row_a_route",
        ],
    ),
    not_met("6.2.1", 1, "passwords of eight characters and more", DIGITS_ONLY),
    met(
        "6.2.2",
        1,
        "a password can be changed",
        &["step_ups#who_just_gave_the_pin_may_replace_it_and_then_gives_the_new_one"],
    ),
    met(
        "6.2.3",
        1,
        "changing takes the old one",
        &[
            "step_ups#who_just_gave_the_pin_may_replace_it_and_then_gives_the_new_one",
            "step_ups#a_thief_with_the_telephone_cannot_replace_the_pin",
        ],
    ),
    not_met(
        "6.2.4",
        1,
        "the commonest passwords are refused",
        "runs and repeats of digits are; other common PINs are not",
    ),
    not_met("6.2.5", 1, "any characters may be used", DIGITS_ONLY),
    aside("6.2.6", 1, "the field hides what is typed", NO_INPUT),
    aside("6.2.7", 1, "pasting and password managers work", NO_INPUT),
    met(
        "6.2.8",
        1,
        "a password is taken as it is typed",
        &["pin#a_pin_is_four_to_six_ascii_digits", "pin#every_pin_can_be_hashed"],
    ),
    not_met("6.2.9", 2, "passwords of 64 characters", DIGITS_ONLY),
    untested("6.2.10", 2, "a password need not be changed by time", "nothing about a PIN depends on its age"),
    aside("6.2.11", 2, "listed words are refused", "a PIN is digits"),
    not_met("6.2.12", 2, "passwords known from breaches are refused", "PINs are compared with no list"),
    met(
        "6.3.1",
        1,
        "guessing is held off",
        &[
            "sessions#wrong_codes_count_down_and_then_end_the_challenge",
            "sessions#twenty_wrong_pins_in_a_row_are_all_anybody_has",
            "identity_sign_in#budgets_hold",
            "known_device#a_stranger_who_knows_all_but_the_token_stops_nobody",
        ],
    ),
    aside("6.3.2", 1, "no default accounts", "there is no account but of people who signed in by a code"),
    not_met(
        "6.3.3",
        2,
        "more than one factor to come in",
        "a code sent to the phone is one factor; the PIN is a second one for money alone",
    ),
    met(
        "6.3.4",
        2,
        "no way in that is not documented",
        &[
            "authorisation#every_documented_route_has_a_row_and_every_row_a_route",
            "authorisation#each_kind_of_caller_passes_where_the_table_says_and_nowhere_else",
        ],
    ),
    not_met(
        "6.3.5",
        3,
        "people are told of suspicious sign-ins",
        "they are told of a refresh token that came back, and of nothing else",
    ),
    aside("6.3.6", 3, "e-mail is no factor", "e-mail plays no part in signing in"),
    not_met(
        "6.3.7",
        3,
        "people are told when a factor was changed",
        "nobody is told that a PIN was set or replaced",
    ),
    untested(
        "6.3.8",
        3,
        "nobody learns who has an account",
        "answers and headers are proved alike for known and unknown numbers; times are not measured",
    ),
    met(
        "6.4.1",
        1,
        "first codes are random and short-lived",
        &[
            "otp#codes_are_drawn_with_leading_zeros_and_spread",
            "challenge#ten_minutes_end_on_the_instant",
            "sessions#fifty_parallel_verifies_give_one_session",
        ],
    ),
    not_met(
        "6.4.2",
        1,
        "no questions that others can answer",
        "the birth date is asked, beside a code, of who has forgotten a PIN",
    ),
    not_met(
        "6.4.3",
        2,
        "a forgotten password is reset without going round other factors",
        "a PIN is reset by the phone's code and the birth date, which is no factor",
    ),
    met(
        "6.4.4",
        2,
        "a lost factor is replaced by proof as good as at first",
        &[
            "step_ups#a_thief_with_the_telephone_cannot_replace_the_pin",
            "step_ups#the_birth_date_lifts_a_lock",
        ],
    ),
    aside("6.4.5", 3, "who must renew a factor is told in time", "no factor runs out"),
    aside(
        "6.4.6",
        3,
        "administrators can start a reset and choose nothing",
        "nobody can start or do it for another",
    ),
    met(
        "6.5.1",
        2,
        "a code is good once",
        &["sessions#fifty_parallel_verifies_give_one_session", "identity_sign_in#sign_ins_hold"],
    ),
    met(
        "6.5.2",
        2,
        "short secrets are hashed as passwords are, with salt",
        &[
            "stolen_codes#a_stolen_challenge_tells_its_code_to_nobody_without_the_pepper",
            "otp#the_same_code_never_looks_the_same_twice",
        ],
    ),
    met(
        "6.5.3",
        2,
        "codes come from a secure generator",
        &[
            "otp#codes_are_drawn_with_leading_zeros_and_spread",
            "env#draws_are_uniform_enough_and_in_range",
            "evidence#secrets_are_drawn_from_the_systems_randomness",
        ],
    ),
    met(
        "6.5.4",
        2,
        "codes have six digits",
        &["otp#a_code_is_exactly_so_many_ascii_digits", "otp#codes_are_drawn_with_leading_zeros_and_spread"],
    ),
    met(
        "6.5.5",
        2,
        "codes live ten minutes at most",
        &[
            "challenge#ten_minutes_end_on_the_instant",
            "sessions#wrong_codes_count_down_and_then_end_the_challenge",
        ],
    ),
    not_met(
        "6.5.6",
        3,
        "a factor that was lost can be withdrawn",
        "sessions can be ended and a PIN replaced; a phone number cannot be withdrawn",
    ),
    aside("6.5.7", 3, "biometrics only beside something else", "there are none here"),
    aside("6.5.8", 3, "one-time passwords by time use our clock", "there are none by time"),
    not_met(
        "6.6.1",
        2,
        "codes by SMS only beside something stronger",
        "no stronger way in is offered yet, and the risk is not explained",
    ),
    met(
        "6.6.2",
        2,
        "a code belongs to the request it was sent for",
        &["challenge#the_order_of_refusals_is_the_contracts", "identity_sign_in#sign_ins_hold"],
    ),
    met(
        "6.6.3",
        2,
        "guessing codes is limited",
        &[
            "sessions#wrong_codes_count_down_and_then_end_the_challenge",
            "identity_sign_in#budgets_hold",
            "edge#budgets_by_address_hold_where_they_are_enforced",
        ],
    ),
    aside("6.6.4", 3, "push messages are limited", "there are none"),
    aside("6.7.1", 3, "certificates of authenticators are guarded", "there are none"),
    aside("6.7.2", 3, "challenges of authenticators are long and used once", "there are none"),
    aside("6.8.1", 2, "nobody is taken for another by way of a second provider", NO_PROVIDER),
    aside("6.8.2", 2, "assertions are signed", NO_PROVIDER),
    aside("6.8.3", 2, "SAML assertions are used once", NO_PROVIDER),
    aside("6.8.4", 2, "a provider's strength is checked", NO_PROVIDER),
    met(
        "7.1.1",
        2,
        "idle and absolute times are documented",
        &["evidence#what_operators_read_of_sessions_is_so", "snapshots#the_configuration"],
    ),
    met(
        "7.1.2",
        2,
        "how many sessions at a time is documented",
        &[
            "evidence#what_operators_read_of_sessions_is_so",
            "identity_sign_in#a_session_that_makes_room_is_told_too",
        ],
    ),
    aside("7.1.3", 2, "sessions of a federation are documented", NO_PROVIDER),
    met(
        "7.2.1",
        1,
        "tokens are checked here",
        &[
            "authorisation#nobody_passes_without_a_good_token",
            "access_tokens#whatever_is_tried_with_a_token_is_answered_alike",
        ],
    ),
    met(
        "7.2.2",
        1,
        "tokens are made for each session",
        &[
            "access_token#a_token_says_what_it_was_issued_for",
            "refresh_token#families_of_two_sessions_differ",
        ],
    ),
    met(
        "7.2.3",
        1,
        "tokens are random enough",
        &[
            "refresh_token#a_successor_shares_session_end_and_family_but_not_itself",
            "successors#a_predecessor_gets_its_successor_and_anything_older_ends_all",
            "evidence#secrets_are_drawn_from_the_systems_randomness",
        ],
    ),
    not_met(
        "7.2.4",
        1,
        "signing in makes a new token and ends the old",
        "a new session is made; the device's old one goes on until it ends, is ended or has to make room, and giving the PIN changes no token",
    ),
    met(
        "7.3.1",
        2,
        "sessions end when unused",
        &["session#a_session_ends_by_hand_by_idleness_and_for_good", "identity_sign_in#sessions_hold"],
    ),
    met(
        "7.3.2",
        2,
        "sessions end after their time",
        &["session#using_a_session_never_moves_its_end", "identity_sign_in#sessions_hold"],
    ),
    met(
        "7.4.1",
        1,
        "what has ended is over at once",
        &[
            "authorisation#nobody_passes_without_a_good_token",
            "sessions#devices_are_listed_and_signed_out_from_afar",
            "program#two_instances_are_one_service",
            "instances#while_the_feed_is_lost_the_row_is_asked",
        ],
    ),
    not_met(
        "7.4.2",
        1,
        "a closed account ends its sessions",
        "a closed account gets no new tokens, but no command or route closes one yet",
    ),
    met(
        "7.4.3",
        2,
        "who changes a factor may end all other sessions",
        &["sessions#devices_are_listed_and_signed_out_from_afar"],
    ),
    aside("7.4.4", 2, "signing out is easy to find", NO_INPUT),
    not_met(
        "7.4.5",
        2,
        "administrators can end sessions",
        "only by taking a role away, and then that person's alone",
    ),
    met(
        "7.5.1",
        2,
        "what concerns signing in changes only after proof",
        &[
            "profiles#with_a_pin_it_changes_only_after_the_pin_was_given",
            "step_ups#a_thief_with_the_telephone_cannot_replace_the_pin",
            "bad_input#every_field_of_every_body_is_checked_and_named",
        ],
    ),
    not_met(
        "7.5.2",
        2,
        "people see their sessions and, after proof, end them",
        "they see and end them; no proof beyond the token is asked",
    ),
    untested(
        "7.5.3",
        3,
        "the gravest things take one more factor",
        "a PIN opens the way for five minutes; nothing spends money yet that would ask for it",
    ),
    aside("7.6.1", 2, "sessions with providers end as documented", NO_PROVIDER),
    met(
        "7.6.2",
        2,
        "a session begins by an act of the person",
        &["sign_ins#a_wrong_code_opens_nothing", "identity_sign_in#sign_ins_hold"],
    ),
    met(
        "9.1.1",
        1,
        "the signature is checked first",
        &[
            "wycheproof#hs256_signatures_are_told_from_forgeries",
            "access_token#no_changed_byte_goes_unseen",
            "attacks#nothing_but_a_good_token_is_believed",
        ],
    ),
    met(
        "9.1.2",
        1,
        "one algorithm, and never none",
        &[
            "attacks#nothing_but_a_good_token_is_believed",
            "access_tokens#whatever_is_tried_with_a_token_is_answered_alike",
            "wycheproof#no_vector_of_any_algorithm_is_an_access_token",
        ],
    ),
    met(
        "9.1.3",
        1,
        "keys are ours and never a header's",
        &["attacks#nothing_but_a_good_token_is_believed", "access_token#only_our_own_headers_are_read"],
    ),
    met(
        "9.2.1",
        1,
        "only within its time",
        &[
            "attacks#half_a_minute_of_leeway_is_all_there_is",
            "access_token#it_ends_with_half_a_minute_of_leeway",
        ],
    ),
    met(
        "9.2.2",
        2,
        "only of the right type",
        &[
            "attacks#nothing_but_a_good_token_is_believed",
            "authorisation#each_kind_of_caller_passes_where_the_table_says_and_nowhere_else",
        ],
    ),
    met(
        "9.2.3",
        2,
        "only for us",
        &["access_token#every_claim_is_required_and_ours", "attacks#nothing_but_a_good_token_is_believed"],
    ),
    met("9.2.4", 2, "the audience is named in it", &["access_token#every_claim_is_required_and_ours"]),
    met(
        "10.3.1",
        2,
        "access tokens are for this service",
        &[
            "access_token#every_claim_is_required_and_ours",
            "access_tokens#whatever_is_tried_with_a_token_is_answered_alike",
        ],
    ),
    aside("10.3.2", 2, "what was delegated decides", "nothing is delegated: tokens carry no scope"),
    met(
        "10.3.3",
        2,
        "people are known by what is never another's",
        &[
            "access_token#a_token_says_what_it_was_issued_for",
            "identity_sign_in#the_application_can_neither_delete_people_nor_give_them_roles_we_do_not_know",
        ],
    ),
    met(
        "10.3.4",
        2,
        "where proof must be fresh, it is",
        &[
            "step_ups#a_right_pin_opens_the_way_for_five_minutes_on_its_session",
            "profiles#with_a_pin_it_changes_only_after_the_pin_was_given",
        ],
    ),
    not_met("10.3.5", 3, "access tokens are bound to who holds a key", "whoever has a token can use it"),
    aside("10.4.1", 1, "redirect addresses are registered", NO_CODE_GRANT),
    aside("10.4.2", 1, "an authorisation code is good once", NO_CODE_GRANT),
    aside("10.4.3", 1, "an authorisation code lives shortly", NO_CODE_GRANT),
    aside("10.4.4", 1, "each client has the grants it needs", NO_CLIENTS),
    met(
        "10.4.5",
        1,
        "a refresh token that comes back ends all",
        &[
            "sessions#a_lost_answer_is_given_again_to_the_byte",
            "sessions#after_a_minute_a_spent_token_is_a_stolen_one",
            "successors#a_predecessor_gets_its_successor_and_anything_older_ends_all",
            "identity_sign_in#sessions_hold",
        ],
    ),
    aside("10.4.6", 2, "PKCE", NO_CODE_GRANT),
    aside("10.4.7", 2, "clients that register themselves are tamed", NO_CLIENTS),
    met(
        "10.4.8",
        2,
        "refresh tokens end, however often they are used",
        &[
            "session#using_a_session_never_moves_its_end",
            "refresh_token#a_successor_shares_session_end_and_family_but_not_itself",
        ],
    ),
    met(
        "10.4.9",
        2,
        "people can withdraw refresh tokens",
        &[
            "sessions#devices_are_listed_and_signed_out_from_afar",
            "sessions#an_old_phone_signs_out_by_its_refresh_token",
        ],
    ),
    aside("10.4.10", 2, "confidential clients sign in", NO_CLIENTS),
    aside("10.4.11", 2, "clients have the scopes they need", NO_CLIENTS),
    aside("10.4.12", 3, "clients have the response mode they need", NO_CLIENTS),
    aside("10.4.13", 3, "pushed authorisation requests", NO_CODE_GRANT),
    not_met("10.4.14", 3, "only tokens bound to a key are issued", "whoever has a token can use it"),
    aside("10.4.15", 3, "details of authorisation come from the client's server", NO_CLIENTS),
    aside("10.4.16", 3, "clients prove themselves strongly", NO_CLIENTS),
];
