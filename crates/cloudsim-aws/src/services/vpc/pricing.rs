//! What data transfer is billed by.
//!
//! What a node of an Application Load Balancer exchanges with its targets is free, whatever their zones; what its callers in
//! the VPC send to a node of another zone is not. Source: AWS Networking & Content Delivery Blog, "Exploring Data Transfer
//! Costs for Classic and Application Load Balancers".
//!
//! Statements between a server and a database's instance in another zone are paid like any other traffic; what a database
//! copies to its standby or to a replica of its region is free, and to one of another region it is not. Source: AWS
//! Architecture Blog, "Exploring Data Transfer Costs for AWS Managed Databases".

/// How often a gigabyte between two zones is paid: where it leaves and where it arrives.
///
/// Source: PRC-14, AWS price list by way of Infracost's data transfer example, July 2024.
pub const INTER_ZONE_SIDES: i64 = 2;

/// Gigabytes to the internet in a month that cost nothing.
///
/// Source: PRC-23, projecthelena.com, "AWS bill breakdown 2026".
pub const EGRESS_GIGABYTES_FREE: u64 = 100;
