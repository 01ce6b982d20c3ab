#include "bench/baseline/campaign_attribution/touches.h"

namespace sqlmill::bench::baseline::campaign_attribution {
namespace {

/// SQL's split_part for n from 1 on.
std::string_view split_part(std::string_view text, std::string_view separator, int n) {
  for (; n > 1; --n) {
    const size_t at = text.find(separator);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + separator.size());
  }
  return text.substr(0, text.find(separator));
}

/// split_part(split_part(url, name, 2), '&', 1)
std::string_view parameter(std::string_view url, std::string_view name) {
  return split_part(split_part(url, name, 2), "&", 1);
}

/// LIKE '%utm_NAME=%': to LIKE an underscore is any one character.
bool is_like_utm(std::string_view url, std::string_view name) {
  for (size_t at = url.find(name); at != std::string_view::npos; at = url.find(name, at + 1)) {
    size_t character = at;
    while (character > 0 && (url[--character] & 0xc0) == 0x80) {
    }
    if (character < at && url.substr(0, character).ends_with("utm")) return true;
  }
  return false;
}

bool is_search(std::string_view referrer_url) {
  return referrer_url.starts_with("https://google.") || referrer_url.starts_with("https://www.bing.");
}

TextField field(std::string_view text) {
  std::string padded(text);
  padded.resize(text.size() + sizeof(Prefix));
  return TextField(Text(padded.data(), text.size()));
}

}  // namespace

uint32_t PairNumbers::number(std::string_view first, std::string_view second) {
  const auto [at, is_new] = numbers_.try_emplace(Pair{std::string(first), std::string(second)}, end());
  if (is_new) {
    pairs_.push_back(&at->first);
    fields_.push_back({field(first), field(second)});
  }
  return at->second;
}

size_t PairNumbers::state_bytes() const {
  size_t bytes = 0;
  for (const Pair* pair : pairs_) {
    bytes += 2 * sizeof(Pair) + sizeof(Fields) + pair->first.size() + pair->second.size();
  }
  return bytes;
}

Touches::Touches() : pages_(Urls::kFirst), referrers_(Urls::kFirst), touches_(1) {
  revenues_.number("unknown", "(none)");
}

[[gnu::noinline]] Touches::Origin Touches::origin_by_page(const Value& page_url, const Value& referrer_url) {
  const uint32_t number = page_urls_.number(page_url.bytes, page_url.size);
  if (number >= pages_.size()) add_page(page_url.view());
  const Page& page = pages_[number];
  if (page.origin.touch != kNone) return page.origin;
  if (!is_external(referrer_url)) return {};
  return {touch_number(referrer(referrer_url).source, page.campaign), PairNumbers::kNone};
}

void Touches::add_page(std::string_view url) {
  Page page;
  page.campaign = is_like_utm(url, "campaign=") ? parameter(url, "utm_campaign=") : "(none)";
  if (is_like_utm(url, "source=")) {
    const std::string_view source = parameter(url, "utm_source=");
    page.origin = {touch_number(source, page.campaign), landings_.number(source, split_part(url, "?", 1))};
  }
  pages_.push_back(page);
}

void Touches::add_referrer(std::string_view url) {
  const std::string_view source = is_search(url) ? "search" : split_part(split_part(url, "://", 2), "/", 1);
  referrers_.push_back({std::string(source), touch_number(source, "(none)")});
}

uint32_t Touches::touch_number(std::string_view source, std::string_view campaign) {
  const uint32_t number = sources_.number(source, campaign);
  if (number < touches_.size()) return number;
  Touch touch;
  touch.suffix.append(" ").append(source).append(" ").append(campaign);
  touch.suffix_digest = hash_bytes(touch.suffix.data(), touch.suffix.size());
  // A source with a space in it is more than one part of first_touch.
  touch.revenue = revenues_.number(split_part(touch.suffix, " ", 2), split_part(touch.suffix, " ", 3));
  touches_.push_back(touch);
  return number;
}

size_t Touches::state_bytes() const {
  return page_urls_.state_bytes() + referrer_urls_.state_bytes() + pages_.size() * sizeof(Page) +
         referrers_.size() * sizeof(Referrer) + landings_.state_bytes() + revenues_.state_bytes() +
         sources_.state_bytes() + touches_.size() * sizeof(Touch);
}

}  // namespace sqlmill::bench::baseline::campaign_attribution
