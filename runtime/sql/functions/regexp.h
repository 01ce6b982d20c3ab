// Regular expressions in PostgreSQL's syntax, on RE2 (compiled_patterns.h): the operators ~ and its kin, and
// the functions regexp_…. Positions count characters from 1. `flags` are PostgreSQL's letters.
#pragma once

#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

// ---- Whether there is a match ----

bool matches_regex(Context& context, Text text, Text pattern);
bool matches_regex_ignoring_case(Context& context, Text text, Text pattern);
bool misses_regex(Context& context, Text text, Text pattern);
bool misses_regex_ignoring_case(Context& context, Text text, Text pattern);
bool regexp_like(Context& context, Text text, Text pattern);
bool regexp_like_flags(Context& context, Text text, Text pattern, Text flags);

// ---- How many, and where ----

int32_t regexp_count(Context& context, Text text, Text pattern);
int32_t regexp_count_from(Context& context, Text text, Text pattern, int32_t start);
int32_t regexp_count_flags(Context& context, Text text, Text pattern, int32_t start, Text flags);
/// Of the n-th match; 0 if there is none.
int32_t regexp_instr(Context& context, Text text, Text pattern);
int32_t regexp_instr_from(Context& context, Text text, Text pattern, int32_t start);
int32_t regexp_instr_nth(Context& context, Text text, Text pattern, int32_t start, int32_t n);
int32_t regexp_instr_end(Context& context, Text text, Text pattern, int32_t start, int32_t n, int32_t end);
int32_t regexp_instr_flags(Context& context, Text text, Text pattern, int32_t start, int32_t n, int32_t end,
                           Text flags);
int32_t regexp_instr_group(Context& context, Text text, Text pattern, int32_t start, int32_t n, int32_t end,
                           Text flags, int32_t group);

// ---- What matches: these borrow the bytes of the text ----

/// The first group, or everything if there is no group.
Nullable<Text> substring_regex(Context& context, Text text, Text pattern);
Nullable<Text> regexp_substr(Context& context, Text text, Text pattern);
Nullable<Text> regexp_substr_from(Context& context, Text text, Text pattern, int32_t start);
Nullable<Text> regexp_substr_nth(Context& context, Text text, Text pattern, int32_t start, int32_t n);
Nullable<Text> regexp_substr_flags(Context& context, Text text, Text pattern, int32_t start, int32_t n,
                                   Text flags);
Nullable<Text> regexp_substr_group(Context& context, Text text, Text pattern, int32_t start, int32_t n,
                                   Text flags, int32_t group);
/// The groups of the first match, or all of it if there is no group.
Nullable<ArrayOf<Text>> regexp_match(Context& context, Text text, Text pattern);
Nullable<ArrayOf<Text>> regexp_match_flags(Context& context, Text text, Text pattern, Text flags);
/// The groups of each match, or all of it if there is no group, as an array of two dimensions:
/// regexp_matches.
ArrayOf<Text> regexp_all_matches(Context& context, Text text, Text pattern, Text flags);
/// What is between the matches.
ArrayOf<Text> regexp_split_to_array(Context& context, Text text, Text pattern);
ArrayOf<Text> regexp_split_to_array_flags(Context& context, Text text, Text pattern, Text flags);

// ---- Replacing: `\1` is a group, `\&` the match ----

Text regexp_replace(Context& context, Text text, Text pattern, Text replacement);
Text regexp_replace_flags(Context& context, Text text, Text pattern, Text replacement, Text flags);
Text regexp_replace_from(Context& context, Text text, Text pattern, Text replacement, int32_t start);
/// The n-th match, or with 0 all.
Text regexp_replace_nth(Context& context, Text text, Text pattern, Text replacement, int32_t start,
                        int32_t n);
Text regexp_replace_nth_flags(Context& context, Text text, Text pattern, Text replacement, int32_t start,
                              int32_t n, Text flags);

}  // namespace sqlmill::rt::sql
