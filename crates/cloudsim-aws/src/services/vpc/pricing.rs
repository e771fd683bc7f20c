//! Prices of data transfer and of public addresses, us-east-1.

use cloudsim_units::NanoUsd;

/// For each gigabyte that leaves a zone for another one of the region, and again for each that arrives from one.
///
/// What a node of an Application Load Balancer exchanges with its targets is free, whatever their zones; what its callers in
/// the VPC send to a node of another zone is not. Source: AWS Networking & Content Delivery Blog, "Exploring Data Transfer
/// Costs for Classic and Application Load Balancers".
///
/// Statements between a server and a database's instance in another zone are paid like any other traffic; what a database
/// copies to its standby or to a replica of its region is free, and to one of another region it is not. Source: AWS
/// Architecture Blog, "Exploring Data Transfer Costs for AWS Managed Databases".
///
/// Source: PRC-14, AWS price list by way of Infracost's data transfer example, July 2024.
pub const INTER_ZONE_GIGABYTE: NanoUsd = NanoUsd::from_micros(10_000);

/// How often a gigabyte between two zones is paid: where it leaves and where it arrives.
///
/// Source: PRC-14, as above.
pub const INTER_ZONE_SIDES: i64 = 2;

/// For each gigabyte that leaves a region for another one; what arrives is free.
///
/// Assumed: PRC-24, recalled from the AWS price list: 0.02 between most regions of the United States, 0.01 from us-east-1 to
/// us-east-2. Only the bill rests on it.
pub const INTER_REGION_GIGABYTE: NanoUsd = NanoUsd::from_micros(20_000);

/// For each gigabyte from instances to the internet, of the first ten thousand in a month; traffic in is free.
///
/// Source: PRC-23, projecthelena.com, "AWS bill breakdown 2026". Larger amounts get cheaper, which is left out.
pub const EGRESS_GIGABYTE: NanoUsd = NanoUsd::from_micros(90_000);

/// Gigabytes to the internet in a month that cost nothing.
///
/// Source: PRC-23, as above.
pub const EGRESS_GIGABYTES_FREE: u64 = 100;

/// For each hour an interface endpoint exists in a zone.
///
/// Assumed: recalled from the AWS `PrivateLink` price list. Only the bill rests on it.
pub const INTERFACE_ENDPOINT_HOUR: NanoUsd = NanoUsd::from_micros(10_000);

/// For each gigabyte through an interface endpoint.
///
/// Assumed: recalled from the AWS `PrivateLink` price list, first petabyte of a month. Only the bill rests on it.
pub const INTERFACE_ENDPOINT_GIGABYTE: NanoUsd = NanoUsd::from_micros(10_000);

/// For each hour a public IPv4 address is in use: those of NAT gateways and of internet-facing load balancers' nodes.
///
/// Assumed: PRC-26, recalled from the AWS price list of February 2024. Only the bill rests on it.
pub const PUBLIC_IPV4_HOUR: NanoUsd = NanoUsd::from_micros(5_000);
