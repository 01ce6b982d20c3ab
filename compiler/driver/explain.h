// `sqlmill explain`: what a file becomes, at each stage.
#pragma once

#include <string>

#include "compiler/driver/stages.h"

namespace sqlmill::driver {

/// `stage`: ast, plan, dataflow, cpp. `view`: only this view or sink; empty: all. Throws FileError if there
/// is no such view.
std::string explain(const Compilation& compilation, const std::string& stage, const std::string& format,
                    const std::string& view);

/// What an ad hoc statement over the file's relations becomes, or its errors; `ok` says which.
std::string explain_query(const Compilation& compilation, const std::string& sql, bool& ok);

/// `1 source, 4 materialized views`.
std::string summary(const Compilation& compilation);

}  // namespace sqlmill::driver
