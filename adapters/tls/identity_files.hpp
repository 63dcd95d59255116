#pragma once

#include "adapters/tls/identity.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <string>

namespace pumpscope::tls {

/// Where an identity lies: `NAME.crt` and `NAME.key` in one folder.
struct identity_files {
  std::filesystem::path certificate = {};
  std::filesystem::path key = {};

  identity_files(const std::filesystem::path& folder, const std::string& name)
    : certificate(folder / (name + ".crt")), key(folder / (name + ".key")) {
    // nop
  }
};

/// Reads both files, up to 64 KiB each; an error names the file. Whether they
/// hold what they should is not looked at.
tl::expected<identity, std::string> read_identity(const identity_files& files);

/// Writes both files: the certificate for all (0644), the key for the owner
/// alone (0600) from its first moment on. The folder is made (0700) when it is
/// missing, its parent must be there. Never writes over a file; when one of the
/// two cannot be written, neither is left. An error names the file.
tl::expected<void, std::string> write_identity(const identity_files& files,
                                               const identity& x);

} // namespace pumpscope::tls
