// Structs of generated code: their fields, and the functions that kernels ask of them.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

/// `sql::Text name;`, a line each, with what it is in SQL as a comment.
std::string declare_fields(const std::vector<Field>& fields);
/// `sql::identical(a.x, b.x) && …`; `true` without fields.
std::string compare_fields(const std::vector<Field>& fields, const std::string& function);

// Friends of a struct `type` over some of its fields.
std::string hash_friend(const std::string& function, const std::string& type,
                        const std::vector<Field>& fields);
std::string same_friend(const std::string& function, const std::string& type,
                        const std::vector<Field>& fields, const std::string& comparison);
std::string total_order_friend(const std::string& type, const std::vector<Field>& fields);
/// The member by which its state is written and read (runtime/state/encoding.h).
std::string state_member(const std::vector<std::string>& names);
std::string state_member(const std::vector<Field>& fields);
std::string prefetch_friend(const std::string& type, const std::vector<Field>& fields);
/// own() and release().
std::string ownership_friends(const std::string& type, const std::vector<Field>& fields);

}  // namespace sqlmill::codegen
